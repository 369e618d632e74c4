# shellcheck shell=sh
# The payments that the shop gets from its bank: a job of two steps, which a program
# loads a row and a commit at a time, or with one COPY.
# To be read by demo.sh.

# payments FIRST ROWS FORMAT: the rows, as INSERT statements or as COPY takes them
payments()
{
	awk -v first="$1" -v rows="$2" -v format="$3" 'BEGIN {
		split("card transfer invoice wallet", method)
		for (i = first; i < first + rows; i++)
			if (format == "copy")
				printf "%d\t%d\t%s\t%d\n", i, i % 300000 + 1, method[i % 4 + 1], i % 20000 + 100
			else
				printf "INSERT INTO payments VALUES (%d, %d, '\''%s'\'', %d);\n",
					i, i % 300000 + 1, method[i % 4 + 1], i % 20000 + 100
	}'
}

# payments_job FIRST ROWS FORMAT: what the program sends
payments_job()
{
	echo "\\o /dev/null"
	echo "SELECT perfext.job_start('payments');"
	echo "SELECT perfext.job_step('load', $2);"
	if [ "$3" = copy ]; then
		echo "COPY payments FROM STDIN;"
		payments "$@"
		echo "\\."
	else
		payments "$@"
	fi
	echo "SELECT perfext.job_step('sum up');"
	echo "INSERT INTO payment_sums SELECT $1, method, count(*), sum(amount_cents) FROM payments
		WHERE payment_id BETWEEN $1 AND $(($1 + $2 - 1)) GROUP BY method;"
	echo "SELECT perfext.job_end();"
}
