"""What the Python clients share: the judge's requests, and tags in comments."""

import json
import os
import sys
import threading
import time
import traceback
import uuid
from urllib.parse import quote

TAGS = bool(os.environ.get('CLIENT_TAGS'))
POOLER = bool(os.environ.get('CLIENT_POOLER'))

# What the thread's running request puts into its comments.
request = threading.local()


def new_request(scenario):
    """From here on it is a request with a trace of its own."""
    trace = uuid.uuid4().hex
    request.tags = {'action': 'index', 'application': 'shop', 'controller': scenario,
                    'route': '^books/$', 'traceparent': f'00-{trace}-{trace[:16]}-01'}


def comment():
    """The tags as sqlcommenter's libraries for Python write them, or nothing."""
    if not TAGS or not hasattr(request, 'tags'):
        return ''
    pairs = [f"{key}='{quote(value)}'" for key, value in sorted(request.tags.items())]
    return ' /*' + ','.join(pairs).replace('%', '%%') + '*/'


def timed(scenario, db, n):
    new_request(scenario.__name__)
    begun = time.perf_counter()
    scenario(db, n)
    return 1000 * (time.perf_counter() - begun)


def serve(session, scenarios):
    """Answer the judge: a line of JSON per request, each in a session of its own.

    session is a context manager that gives what scenarios take as db; scenarios the
    functions by their names.  With repeat, a scenario and its fixed form run in turn.
    """
    names = [name for name, value in scenarios.items()
             if callable(value) and getattr(value, '__module__', '') == '__main__']
    print(json.dumps(names), flush=True)
    for line in sys.stdin:
        wanted = json.loads(line)
        scenario = scenarios[wanted['scenario']]
        try:
            with session() as db:
                if wanted['repeat']:
                    fixed = scenarios[wanted['scenario'] + '_fixed']
                    # a new connection's first steps are in neither
                    fixed(db, wanted['n'])
                    times = [[timed(scenario, db, wanted['n']), timed(fixed, db, wanted['n'])]
                             for _ in range(wanted['repeat'])]
                else:
                    times = [[timed(scenario, db, wanted['n'])]]
            answer = {'times': times}
        except Exception:
            answer = {'error': traceback.format_exc()}
        print(json.dumps(answer), flush=True)
