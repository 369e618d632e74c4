"""psql: a script of the folder psql per scenario, its n as the variable n."""

import contextlib
import os
import re
import subprocess

from client import serve

FOLDER = os.path.join(os.path.dirname(__file__), 'psql')


class Script:
    def __init__(self, name):
        self.__name__ = name

    def __call__(self, db, n):
        path = os.path.join(FOLDER, self.__name__ + '.sql')
        result = subprocess.run(
            ['psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-v', f'n={n}', '-f', path],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if result.returncode:
            raise RuntimeError(result.stderr)


if __name__ == '__main__':
    names = sorted(re.sub(r'\.sql$', '', name) for name in os.listdir(FOLDER))
    serve(contextlib.nullcontext, {name: Script(name) for name in names})
