"""pgbench: its built-in scripts, which are no N+1, and an N+1 in each of its protocols."""

import contextlib
import os
import subprocess
import tempfile

from client import serve


def pgbench(*options):
    result = subprocess.run(['pgbench', '-n', *options], capture_output=True, text=True)
    if result.returncode or 'ERROR' in result.stderr:
        raise RuntimeError(result.stderr)


def select_only(db, n):
    pgbench('-S', '-c', '8', '-t', str(n))


def select_only_prepared(db, n):
    pgbench('-S', '-M', 'prepared', '-c', '8', '-t', str(n))


def simple_update(db, n):
    pgbench('-N', '-c', '8', '-t', str(n))


def tpcb(db, n):
    pgbench('-c', '4', '-t', str(n))


def unrolled(protocol, n):
    """A script that reads n books, and then the author of each."""
    lines = ['SELECT id, author_id FROM book ORDER BY id LIMIT %d;' % n]
    for book in range(1, n + 1):
        lines.append(f'\\set author {book} * 7 % 10000 + 1')
        lines.append('SELECT name FROM author WHERE id = :author;')
    with tempfile.NamedTemporaryFile('w', suffix='.sql') as script:
        script.write('\n'.join(lines) + '\n')
        script.flush()
        pgbench('-M', protocol, '-t', '1', '-f', script.name)


def loop_simple(db, n):
    unrolled('simple', n)


def loop_extended(db, n):
    unrolled('extended', n)


def loop_prepared(db, n):
    unrolled('prepared', n)


def row_by_row(db, n):
    """One book and its author, n times: a request per transaction, no loop."""
    script = ('\\set book random(1, 30000)\n'
              'BEGIN;\n'
              'SELECT author_id AS author FROM book WHERE id = :book \\gset\n'
              'SELECT name FROM author WHERE id = :author;\n'
              'UPDATE setting SET value = value WHERE name = \'setting 1\';\n'
              'COMMIT;\n')
    with tempfile.NamedTemporaryFile('w', suffix='.sql') as file:
        file.write(script)
        file.flush()
        pgbench('-t', str(n), '-f', file.name)


if __name__ == '__main__':
    os.environ.setdefault('PGOPTIONS', '')
    serve(contextlib.nullcontext, globals())
