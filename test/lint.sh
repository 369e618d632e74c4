#!/bin/sh
# Check the rules of this code that no compiler checks.
#
#   sh test/lint.sh
#
# Each check prints "ok - ..." or the offending places and "not ok - ...".  The
# exported symbols are checked in the perfext.so that was built in the tree,
# when there is one.
set -u

cd "$(dirname "$0")/.." || exit 1
LC_ALL=C.UTF-8
export LC_ALL

passed=0
failed=0

# Words that codespell takes for misspelt ones.
spelling_allowed=inh,ot,fpi,nd,sharable,isnt

# check NAME COMMAND...: passes when the command prints nothing; what it prints
# are the offending places.
check()
{
	name=$1
	shift
	offences=$("$@" 2>&1)
	if [ -z "$offences" ]; then
		passed=$((passed + 1))
		echo "ok - $name"
	else
		failed=$((failed + 1))
		printf '%s\n' "$offences" | sed 's/^/    /'
		echo "not ok - $name"
	fi
}

# The C files; and all files with text that people write.
c_files()
{
	find src -type f \( -name '*.c' -o -name '*.h' \) | sort
}

text_files()
{
	find . -type f \( -name '*.c' -o -name '*.h' -o -name '*.sql' -o -name '*.sh' \
		-o -name '*.pl' -o -name '*.pm' -o -name '*.py' -o -name '*.md' -o -name '*.spec' \
		-o -name '*.conf' -o -name '*.yml' -o -name '*.control' -o -name Makefile \
		-o -path './.ci/run' \) \
		! -path './.git/*' ! -path '*/expected/*' ! -path '*/results/*' \
		! -path './tmp_check*' ! -path './output_iso/*' ! -path '*/node_modules/*' \
		! -name 'perfext--*.sql' | sed 's|^\./||' | sort
}

# grep_c PATTERN [FILE-NOT-SEARCHED]: file:line of what matches in the C files.
# Comments do not count.
grep_c()
{
	c_files | while read -r file; do
		[ "$file" != "${2:-}" ] || continue
		without_comments "$file" | grep -nE "$1" | sed "s|^|$file:|"
	done
}

# The file with its comments blanked and its lines kept.
without_comments()
{
	awk '
	{
		line = $0
		out = ""
		while (line != "") {
			if (inside) {
				end = index(line, "*/")
				if (!end)
					break
				line = substr(line, end + 2)
				inside = 0
			} else {
				start = index(line, "/*")
				if (!start) {
					out = out line
					break
				}
				out = out substr(line, 1, start - 1)
				line = substr(line, start + 2)
				inside = 1
			}
		}
		print out
	}' "$1"
}

# Includes must point down this list.  The headers in src itself (compat.h,
# guc.h, perfext.h ...) are for everybody, and include nothing from the rooms.
rooms_below()
{
	case $1 in
		capture) echo 'capture detect store' ;;
		detect) echo 'detect store' ;;
		store) echo 'store' ;;
		worker) echo 'worker detect store' ;;
		sqlapi) echo 'sqlapi worker detect store' ;;
		.h) echo '' ;;
		.c) echo 'capture detect store worker sqlapi' ;;
		*) echo "$1" ;;
	esac
}

includes_upwards()
{
	c_files | while read -r file; do
		dir=${file%/*}
		if [ "$dir" = src ]; then
			room=.${file##*.}
		else
			room=${dir#src/}
			room=${room%%/*}
		fi
		grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$file" |
			sed 's/^\([0-9]*\):[^"]*"\([^"]*\)".*/\1 \2/' |
			while read -r line header; do
				if [ -e "$dir/$header" ]; then
					target=$(cd "$dir/$(dirname "$header")" && pwd -P)
				elif [ -e "src/$header" ]; then
					target=$(cd "src/$(dirname "$header")" && pwd -P)
				else
					continue # the server's
				fi
				target=${target#"$(pwd -P)/src"}
				target=${target#/}
				# a parser of texts, used by both sides
				[ "$target/${header##*/}" != capture/tags.h ] || continue
				target=${target%%/*}
				case " $(rooms_below "$room") " in
					*" ${target:-common} "*) ;;
					*)
						[ -z "$target" ] ||
							echo "$file:$line: ${dir} may not include \"$header\""
						;;
				esac
			done
	done
}

exported_symbols()
{
	# The other names are the linker's own and the sanitizers'.
	nm -D --defined-only perfext.so | awk '{ print $NF }' |
		grep -vE '^(pfx_|perfext_|pg_finfo_perfext_|_PG_init$|Pg_magic_func$)' |
		grep -vE '^(_init|_fini|_edata|_end|__bss_start|__asan_.*|__odr_asan.*|__gcov_.*)$' |
		sed 's/^/perfext.so: /'
}

long_lines()
{
	find src -type f \( -name '*.c' -o -name '*.h' -o -name '*.sql' \) | sort |
		while read -r file; do
			# a string literal alone on its line may be longer
			expand -t 4 "$file" | grep -nE '^.{101}' |
				grep -vE "^[0-9]+: *[[:alnum:]_(,]* *N?'.*'[,;)]*\$|^[0-9]+: *\".*\",\$" | sed "s|^\([0-9]*\):.*|$file:\1|"
		done
}

long_files()
{
	c_files | while read -r file; do
		lines=$(wc -l <"$file")
		[ "$lines" -gt 800 ] || continue
		# The header comment: all before the first line of code.
		sed '/^[#A-Za-z]/,$d' "$file" | tr -s ' \t\n*-' ' ' | grep -q 'above 800 lines' ||
			echo "$file: $lines lines"
	done
}

sql_functions_elsewhere()
{
	grep_c 'PG_FUNCTION_INFO_V1' | grep -v '^src/sqlapi/'
}

trailing_space()
{
	text_files | while read -r file; do
		grep -nE '[[:space:]]+$' "$file" | sed "s|^\([0-9]*\):.*|$file:\1|"
	done
}

shell_mistakes()
{
	command -v shellcheck >/dev/null ||
		echo "shellcheck is not installed: apt-get install shellcheck"
	text_files | grep -E '\.sh$|^\.ci/run$' | xargs -r shellcheck -x -f gcc
}

misspelt_words()
{
	command -v codespell >/dev/null ||
		echo "codespell is not installed: apt-get install codespell"
	text_files | xargs -r codespell -L "$spelling_allowed"
}

check "only src/compat.h tests PG_VERSION_NUM" \
	grep_c 'PG_VERSION_NUM' src/compat.h
check "only src/capture/hooks.c assigns hooks" \
	grep_c '(^|[^[:alnum:]_])[[:alnum:]_]+_hook[[:space:]]*=([^=]|$)' src/capture/hooks.c
check "PG_FUNCTION_INFO_V1 stands only under src/sqlapi/" \
	sql_functions_elsewhere
check "includes point only downwards" \
	includes_upwards
if [ -e perfext.so ]; then
	check "exported symbols begin with pfx_ or perfext_" \
		exported_symbols
else
	echo "# perfext.so is not built: its exported symbols are not checked"
fi
check "no trailing white space" \
	trailing_space
check "no line above 100 columns in src (a tab is 4)" \
	long_lines
check "no C file above 800 lines, or its header comment argues (says \"above 800 lines\")" \
	long_files
check "shellcheck" \
	shell_mistakes
check "codespell" \
	misspelt_words

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
