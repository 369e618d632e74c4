"""Runs the scenarios of cases.py and the other files and compares what perfext says with what is expected.

    judge.py SOCKET BINDIR TEMPDIR NUMBERS

Started by run.sh, which makes the server.
"""
import os
import subprocess
import sys
import time

import psycopg2

import cases
import pipelines  # noqa: F401 more of them
import variety  # noqa: F401 and more

SOCKET, BINDIR, TEMPDIR, NUMBERS = sys.argv[1:5]
DATABASE = "etl_case"
# What the recording says about itself is not about loads.
FINDINGS = """
    SELECT kind, summary, action FROM perfext.recommendations
    WHERE kind <> 'recording' AND coalesce(evidence->>'database', current_database()) = current_database()
"""


class Client:
    """What a scenario works with."""

    socket = SOCKET
    database = DATABASE

    def connect(self, options=""):
        return psycopg2.connect(host=SOCKET, user="postgres", dbname=DATABASE,
                                options=options, application_name="etl")

    def setup(self, sql):
        """Makes what is there already: perfext does not see it, and the statistics are right."""
        connection = self.connect("-c perfext.track=none")
        connection.autocommit = True
        cursor = connection.cursor()
        for statement in sql.split(";\n"):
            if statement.strip():
                cursor.execute(statement)
        cursor.execute("SELECT pg_stat_force_next_flush()")
        connection.close()

    def slow_commits(self):
        """A disk that takes its time: the server waits before it writes, which it only does with fsync."""
        administer("ALTER SYSTEM SET fsync = on", "SELECT pg_reload_conf()")
        time.sleep(0.2)

    def small_log(self):
        """Checkpoints after each few segments of WAL."""
        administer("ALTER SYSTEM SET max_wal_size = '48MB'", "SELECT pg_reload_conf()")
        time.sleep(0.2)

    def file(self, text):
        """One that the server can read."""
        path = os.path.join(TEMPDIR, "rows")
        with open(path, "w") as file:
            file.write(text)
        return path

    def psql(self, text):
        subprocess.run([BINDIR + "/psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", SOCKET,
                        "-U", "postgres", "-d", DATABASE, "-f", "-"],
                       input=text, text=True, check=True, stdout=subprocess.DEVNULL)

    def pgbench_tables(self):
        subprocess.run([BINDIR + "/pgbench", "-i", "-q", "-h", SOCKET, "-U", "postgres", DATABASE],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def pgbench(self, script, transactions, *options):
        arguments = [BINDIR + "/pgbench", "-n", "-h", SOCKET, "-U", "postgres", "-t",
                     str(transactions), "--random-seed=42", *options]
        if script:
            path = os.path.join(TEMPDIR, "script.sql")
            with open(path, "w") as file:
                file.write(script)
            arguments += ["-f", path]
        subprocess.run(arguments + [DATABASE], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)


def administer(*statements):
    connection = psycopg2.connect(host=SOCKET, user="postgres", dbname="postgres",
                                  options="-c perfext.track=none")
    connection.autocommit = True
    for statement in statements:
        connection.cursor().execute(statement)
    connection.close()


def findings():
    connection = psycopg2.connect(host=SOCKET, user="postgres", dbname=DATABASE,
                                  options="-c perfext.track=none")
    cursor = connection.cursor()
    cursor.execute(FINDINGS)
    rows = cursor.fetchall()
    connection.close()
    return rows


def judge(case):
    administer("DROP DATABASE IF EXISTS %s WITH (FORCE)" % DATABASE,
               "ALTER SYSTEM SET fsync = off", "ALTER SYSTEM RESET max_wal_size",
               "SELECT pg_reload_conf()",
               "CREATE DATABASE %s TEMPLATE etl_template STRATEGY file_copy" % DATABASE)
    client = Client()
    case.prepare(client)
    administer("CHECKPOINT")
    client.setup("SELECT perfext.reset()")
    case.run(client)
    # the server's counters of a backend are there when it has gone
    time.sleep(0.2)
    rows = findings()
    kinds = {kind for kind, _, _ in rows}
    missing = [e for e in case.expected if not kinds & set(e.split("|"))]
    named = {kind for e in case.expected for kind in e.split("|")}
    extra = kinds - named - case.allowed
    words = case.says and not any(case.says in summary + action for _, summary, action in rows)
    unsaid = case.never and any(case.never in action for _, _, action in rows)
    right = not missing and not extra and not words and not unsaid
    print("%s - %d %s%s" % (
        "ok" if right else "FALSE POSITIVE" if extra else "wrong", case.number, case.name,
        "" if right else ": expected %s, got" % (", ".join(sorted(case.expected)) or "nothing")))
    for kind, summary, _ in rows:
        if NUMBERS or not right or kind in named:
            print("      %s: %s" % (kind, summary))
    sys.stdout.flush()
    return right, bool(extra)


def main():
    wanted = {int(n) for n in NUMBERS.split(",") if n}
    chosen = [case for case in cases.CASES if not wanted or case.number in wanted]
    started = time.time()
    results = [judge(case) for case in chosen]
    right = sum(good for good, _ in results)
    false = sum(extra for _, extra in results)
    print("%d right of %d, %d false positives, in %d s"
          % (right, len(results), false, time.time() - started))
    sys.exit(0 if right >= len(results) - 1 and false == 0 else 1)


main()
