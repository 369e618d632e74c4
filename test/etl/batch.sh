#!/bin/sh
# Judge the batch sizes that perfext recommends: by the rates that one client reaches.
#
#   sh test/etl/batch.sh              recommendations learnt from at most 25 rows a statement
#   sh test/etl/batch.sh --fsync      on a server that waits for its disk
#   sh test/etl/batch.sh --seconds 1  longer measurements (default 0.25 s each)
#   sh test/etl/batch.sh --processor  by processor time, where the machine does other things
#   sh test/etl/batch.sh --tables usual,wide
#                                     some tables only (of those in curve.py)
#
# On a throw-away server, over a TCP connection on this machine, a client inserts in
# statements of 1 to 25 rows; what perfext.etl_loads then recommends is measured beside
# statements of 1 to 10,000 rows, eight times each in random order (curve.py). This
# is done for tables of several widths and with several indexes. The recommended size must
# reach 95 % of the best rate in autocommit, and 90 % in one transaction. The exit code
# tells whether it did.
#
# Works from nothing on Debian, like test/run.sh, with its environment variables
# PG_CONFIG and PERFEXT_KEEP.
set -eu

TOP=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=test/lib.sh
. "$TOP/test/lib.sh"
# shellcheck source=test/server.sh
. "$TOP/test/server.sh"
# shellcheck source=test/advice/server.sh
. "$TOP/test/advice/server.sh"

fsync=off
seconds=0.25
mode=curve
tables=
while [ $# -gt 0 ]; do
	case $1 in
		--fsync) fsync=on ;;
		--processor) mode=processor ;;
		--seconds) shift; seconds=$1 ;;
		--tables) shift; tables=$(echo "$1" | tr , ' ') ;;
		*) sed -n '/^#   sh/s/^#   //p' "$0" >&2; exit 2 ;;
	esac
	shift
done

need_packages python3-psycopg2
# An address of this machine's own that nobody else listens on.
address=127.83.$(($$ / 250 % 250)).$(($$ % 250 + 1))
start_advice_server "listen_addresses = '$address'" "fsync = $fsync"
quiet_sql postgres -c 'CREATE EXTENSION perfext'

client()
{
	try /usr/bin/python3 "$TREE/test/etl/curve.py" "host=$address user=postgres dbname=postgres" "$@"
}

# learn MODE TABLE: sets recommended
learn()
{
	quiet_sql postgres -c "SELECT perfext.reset_kind('loads')"
	client "learn_$1" "$2" 1,2,3,5,8,12,17,25
	quiet_sql postgres -At -F ' ' -c "
		SELECT recommended_batch_rows, round(projected_rows_per_second), round(rows_per_second),
		       coalesce(recommended_commit_rows::text, 'no'), round(statement_cost::numeric, 4),
		       round(row_cost::numeric, 5), round(commit_cost::numeric, 4)
		FROM perfext.etl_loads WHERE relname = '$2' AND shape = 'values'"
	read -r recommended projected now commit costs <"$WORK/log/command"
	echo "$2, $1: learnt from at most 25 rows: $recommended rows a statement, $commit a commit, for $projected rows/s instead of $now (ms: $costs)"
}

# judge TABLE: the curve, and whether the recommended sizes are good
judge()
{
	learn autocommit "$1"
	autocommit=$recommended
	learn transaction "$1"
	transaction=$recommended
	sizes=$(printf '%s\n' 1 10 25 100 250 500 1000 2500 5000 10000 "$autocommit" "$transaction" |
		sort -nu | paste -sd,)
	client "$mode" "$1" "$sizes" "$seconds" "$autocommit" "$transaction"
	awk -v table="$1" -v autocommit="$autocommit" -v transaction="$transaction" '
		$2 < 1 || $2 ~ /\./ { share[$1] = $2; best[$1] = $3; next }
		{ rate[$1, $2] = $3; sizes[$2] }
		END {
			printf "%9s %15s %15s\n", "rows", "autocommit", "one transaction"
			n = 0
			for (size in sizes) list[++n] = size + 0
			for (i = 1; i <= n; i++)
				for (j = i + 1; j <= n; j++)
					if (list[j] < list[i]) { t = list[i]; list[i] = list[j]; list[j] = t }
			for (i = 1; i <= n; i++)
				printf "%9d %15d %15d\n", list[i], rate["autocommit", list[i]], rate["transaction", list[i]]
			bad = 0
			bad += judge("autocommit", autocommit, 0.95)
			bad += judge("transaction", transaction, 0.90)
			exit bad > 0
		}
		function judge(mode, size, least) {
			printf "%s - %s, %s: %d rows reach %.0f %% of the best rate (at %d rows), %d %% are wanted\n",
				(share[mode] >= least ? "ok" : "not ok"), table, mode, size, 100 * share[mode],
				best[mode], 100 * least
			return share[mode] < least
		}' "$WORK/log/command"
}

client tables
[ -n "$tables" ] || tables=$(cat "$WORK/log/command")
result=0
for table in $tables; do
	judge "$table" || result=1
done
exit "$result"
