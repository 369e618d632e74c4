#!/usr/bin/python3
"""Let clients run the scenarios of expected.txt, and judge what perfext.n_plus_one says.

Started by run.sh, which has started the servers; see README.md.
"""

import argparse
import collections
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import time

import psycopg2
from psycopg2.extras import RealDictCursor

HERE = os.path.dirname(os.path.abspath(__file__))
SIZES = [1, 2, 4, 5, 20, 200]
# Those at which the time saved is compared with the fixed version, and how often both run.
SAVED_SIZES = [50, 200]
TURNS = 5
# Seconds: until all is recorded and found at the latest, and what a false finding may
# take to come.
PATIENCE = 3
PATIENCE_TO_FIND = 1.5
SETTLE = 0.15
INTERPRETERS = {'.py': ['/usr/bin/python3'], '.mjs': ['node'], '.rb': ['ruby'], '.pl': ['perl'],
                '.php': ['php'], '.go': ['go', 'run'],
                '.java': ['java', '-classpath', '/usr/share/java/postgresql.jar']}

Expectation = collections.namedtuple('Expectation', 'kinds start tolerated parent links runs')


class Scenario:
    """One number, client and scenario of expected.txt, with the findings it is to have."""

    def __init__(self, number, client, name, via, sizes):
        self.number, self.client, self.name = number, client, name
        self.via = via.split(',')
        self.sizes = SIZES if sizes == 'all' else [int(n) for n in sizes.split(',')]
        self.expected = []


def read_expected():
    scenarios = {}
    with open(os.path.join(HERE, 'expected.txt')) as table:
        for line in table:
            if line.startswith('#') or not line.strip():
                continue
            (number, client, name, via, sizes,
             kind, start, parent, link, runs) = [cell.strip() for cell in line.split(' | ')]
            scenario = scenarios.setdefault((number, client, name),
                                            Scenario(int(number), client, name, via, sizes))
            tolerated, _, start = start.rpartition('..')
            scenario.expected.append(Expectation(
                kinds=kind.split('/'),
                start=None if start == '-' else int(start),
                tolerated=int(tolerated or 0),
                parent=parent,
                links=link if link in '-?' else [equality(text) for text in link.split(',')],
                runs=[tuple(run.strip().split(': ', 1)) for run in runs.split(' & ')]))
    return list(scenarios.values())


def equality(text):
    """An equality of two columns, whichever stands first and however they are written."""
    sides = text.replace('"', '').replace('public.', '').split('=')
    return ' = '.join(sorted(side.strip() for side in sides))


def count(expression, n):
    return eval(expression, {'__builtins__': {}}, {'n': n})


class Client:
    """A client's process; it opens new connections for each request."""

    def __init__(self, name, via, options):
        pooler = 'pooler' in via
        extension, interpreter = next(
            (end, program) for end, program in INTERPRETERS.items()
            if os.path.exists(os.path.join(HERE, f'use_{name}{end}')))
        environment = dict(
            os.environ, PGHOST=options.pooler if pooler else options.host,
            PGPORT=options.pooler_port if pooler else options.port, PGUSER='shop',
            PGDATABASE=options.database, PGAPPNAME=name,
            CLIENT_POOLER='1' if pooler else '', CLIENT_TAGS='1' if 'tags' in via else '')
        self.process = subprocess.Popen(
            interpreter + [os.path.join(HERE, f'use_{name}{extension}')], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        self.scenarios = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f'the client ended with {self.process.wait()}')
        return json.loads(line)

    def run(self, scenario, n, repeat=0):
        request = {'scenario': scenario, 'n': n, 'repeat': repeat}
        self.process.stdin.write(json.dumps(request) + '\n')
        self.process.stdin.flush()
        answer = self.answer()
        if 'error' in answer:
            raise RuntimeError(answer['error'])
        return answer['times']

    def end(self):
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Server:
    """What the judge asks the server, unrecorded."""

    def __init__(self, options):
        self.connection = psycopg2.connect(
            host=options.host, port=options.port, user='postgres', dbname=options.database,
            options='-c perfext.track=none', application_name='judge')
        self.connection.autocommit = True
        self.has_view = self.ask("SELECT to_regclass('perfext.n_plus_one') AS v")[0]['v']

    def ask(self, sql, *parameters):
        with self.connection.cursor(cursor_factory=RealDictCursor) as cursor:
            cursor.execute(sql, parameters)
            return [dict(row) for row in cursor.fetchall()]

    def clean_slate(self):
        self.ask('SELECT clean_slate(), perfext.reset()')
        if self.has_view:
            self.ask("SELECT perfext.reset_kind('n_plus_one')")

    def wait_for_clients(self):
        """Those that came directly end; the pooler's stay, and become idle."""
        wait_until(lambda: not self.ask("""SELECT FROM pg_stat_activity WHERE usename = 'shop'
            OR usename = 'pooled' AND state <> 'idle'"""))

    def executions(self, pattern):
        return sum(row['calls'] for row in self.ask('SELECT query, calls FROM perfext.statements')
                   if re.search(pattern, row['query'] or '', re.S))

    def findings(self):
        if not self.has_view:
            return []
        return self.ask("""SELECT n.*, ARRAY(SELECT DISTINCT query FROM perfext.statements AS s
                WHERE s.dbid = n.dbid AND s.queryid = ANY (n.child_queryids)) AS children
            FROM perfext.n_plus_one AS n ORDER BY n.id""")


def wait_until(condition, patience=PATIENCE):
    deadline = time.monotonic() + patience
    while not (met := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return met


# ---- Judging ----

class Score:
    """The figures over all runs."""

    def __init__(self):
        self.wanted = self.found = self.false = 0
        self.parents = self.parents_right = self.links = self.links_right = 0
        self.counts = self.counts_right = 0
        self.saved = []
        self.notes = []

    def print(self):
        def share(name, part, whole):
            print(f'{name:22} {part / whole if whole else 1:.3f}  ({part} of {whole})')

        share('precision', self.found, self.found + self.false)
        share('recall', self.found, self.wanted)
        share('parent right', self.parents_right, self.parents)
        share('link right', self.links_right, self.links)
        share('executions right', self.counts_right, self.counts)
        if self.saved:
            share('saved time within 15 %', sum(abs(x) <= 0.15 for x in self.saved), len(self.saved))
            print(f'{"saved-time error":22} median {statistics.median(map(abs, self.saved)):.1%}, '
                  f'largest {max(map(abs, self.saved)):.1%}, mean {statistics.mean(self.saved):+.1%}')


def short(text):
    text = ' '.join((text or 'NULL').split())
    return text if len(text) < 110 else text[:107] + '...'


def describe(finding):
    texts = ' + '.join(short(text) for text in finding['children'] or [finding['child_query']])
    return (f"{finding['kind']} x {finding['executions']} of {texts}; "
            f"parent {short(finding['parent_query'])}; link {short(finding['link'])}")


def matches(finding, expectation):
    """Is it about these statements, whatever else it says?"""
    texts = finding['children'] or [finding['child_query'] or '']
    return any(re.search(pattern, text, re.S) for _, pattern in expectation.runs for text in texts)


def compare(finding, expectation, n, tags, score):
    """What is wrong with the finding: a list of sentences."""
    wrong = []
    if finding['kind'] not in expectation.kinds:
        wrong.append(f"kind is {finding['kind']}, not {'/'.join(expectation.kinds)}")

    texts = finding['children'] or [finding['child_query'] or '']
    total = 0
    for expression, pattern in expectation.runs:
        executions = count(expression, n)
        total += executions
        if executions >= 5 and not any(re.search(pattern, text, re.S) for text in texts):
            wrong.append(f'member {pattern} is missing')
    for text in texts:
        if not any(re.search(pattern, text, re.S) for _, pattern in expectation.runs):
            wrong.append(f'member {short(text)} does not belong to it')

    # Of subplans the loops are counted, not the statement.
    if 'in_plan' not in expectation.kinds:
        score.counts += 1
        score.counts_right += finding['executions'] == total
        if finding['executions'] != total:
            score.notes.append(f"n={n}: counts {finding['executions']} executions of {total}")

    parent = finding['parent_query']
    if expectation.parent != '?':
        score.parents += 1
        right = parent is None if expectation.parent == '-' else \
            re.search(expectation.parent, parent or '', re.S) is not None
        score.parents_right += right
        if not right:
            wrong.append(f'parent is {short(parent)}, not {expectation.parent}')
    if expectation.links != '?':
        score.links += 1
        link = finding['link']
        named = {equality(text) for text in re.split(r',|\bAND\b', link)} if link else set()
        right = not named if expectation.links == '-' else \
            bool(named) and named <= set(expectation.links)
        score.links_right += right
        if not right:
            wrong.append(f'link is {link}, not {expectation.links}')
    if tags and tags not in str(finding['tags']):
        wrong.append(f"tags are {finding['tags']}")
    return wrong


def judge(scenario, n, findings, tags, score):
    """What is wrong with the findings of a run: a list of sentences."""
    wrong = []
    left = list(findings)
    for expectation in scenario.expected:
        if expectation.start is None:
            continue
        mine = [finding for finding in left if matches(finding, expectation)]
        if n < expectation.start:
            if n >= expectation.tolerated > 0:
                left = [finding for finding in left if finding not in mine]
            continue
        score.wanted += 1
        if not mine:
            wrong.append('not found')
            continue
        left = [finding for finding in left if finding not in mine]
        mine.sort(key=lambda finding: finding['kind'] not in expectation.kinds)
        if mine[0]['kind'] in expectation.kinds:
            score.found += 1
        else:
            score.false += 1
        wrong += compare(mine[0], expectation, n, tags, score)
        for finding in mine[1:]:
            wrong.append('found once more: ' + describe(finding))
    for finding in left:
        score.false += 1
        wrong.append('false: ' + describe(finding))
    return wrong


def all_there(scenario, n, findings):
    return all(any(matches(finding, expectation) for finding in findings)
               for expectation in scenario.expected
               if expectation.start is not None and n >= expectation.start)


def did_what_it_says(server, scenario, n, tags):
    """The harness's check of itself: sentences about statements that were not so often run."""
    wrong = []
    for expectation in scenario.expected:
        for expression, pattern in expectation.runs:
            wanted = count(expression, n)
            if not wait_until(lambda: server.executions(pattern) == wanted):
                wrong.append(f'the scenario ran {pattern} {server.executions(pattern)} times, '
                             f'not {wanted}')
    if tags and not server.ask('SELECT FROM perfext.statements WHERE tags::text ~ %s', tags):
        wrong.append('the scenario has no tags')
    return wrong


def run_once(server, client, scenario, via, n, options, score):
    server.clean_slate()
    client.run(scenario.name, n)
    server.wait_for_clients()
    tags = scenario.name if 'tags' in via else None
    wrong = did_what_it_says(server, scenario, n, tags)
    if options.verbose:
        for row in server.ask("SELECT query, calls, tags FROM perfext.statements ORDER BY calls"):
            print(f"    n={n}: {row['calls']} x {short(row['query'])} {row['tags'] or ''}")
    if options.check_scenarios:
        return wrong
    time.sleep(SETTLE)
    wait_until(lambda: all_there(scenario, n, server.findings()), PATIENCE_TO_FIND)
    findings = server.findings()
    if options.verbose:
        for finding in findings:
            print(f'    n={n}: {finding}')
    return wrong + judge(scenario, n, findings, tags, score)


def compare_saved(server, client, scenario, n, score):
    """What the fixed version really saves, beside what the findings say; a sentence."""
    try:
        client.run(scenario.name, 5, 1)
        server.wait_for_clients()
        server.clean_slate()
        times = client.run(scenario.name, n, TURNS)
    except RuntimeError as error:
        return str(error)
    server.wait_for_clients()
    wait_until(lambda: all_there(scenario, n, server.findings()), PATIENCE_TO_FIND)
    found = [finding for finding in server.findings()
             if any(matches(finding, expectation) for expectation in scenario.expected)]
    said = sum(finding['saved_time'] or 0 for finding in found)
    fixed = statistics.median(fixed for _, fixed in times)
    # The findings hold all turns; what was slow for any reason is in both.
    real = sum(slow for slow, _ in times) - fixed * len(times)
    if not found:
        return f'n={n}: real {real / TURNS:.1f} ms, not found'
    error = said / real - 1
    score.saved.append(error)
    return f'n={n}: said {said / TURNS:.1f} ms, real {real / TURNS:.1f} ms, {error:+.0%}'


# ---- All of it ----

def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument('--scenario', help='numbers or names, with commas')
    parser.add_argument('--client', help='names, with commas')
    parser.add_argument('--n', help='sizes, with commas')
    parser.add_argument('--check-scenarios', action='store_true',
                        help='only whether the scenarios do what they say')
    parser.add_argument('--no-saved', action='store_true', help='without the time saved')
    parser.add_argument('--verbose', action='store_true', help='print all statements and findings')
    parser.add_argument('--host', required=True)
    parser.add_argument('--port', required=True)
    parser.add_argument('--pooler', required=True)
    parser.add_argument('--pooler-port', required=True)
    parser.add_argument('--database', required=True)
    parser.add_argument('--missing', default='', help='clients that could not be installed')
    return parser.parse_args()


def selected(scenario, options):
    wanted = options.scenario.split(',') if options.scenario else None
    clients = options.client.split(',') if options.client else None
    return ((wanted is None or str(scenario.number) in wanted or scenario.name in wanted)
            and (clients is None or scenario.client in clients))


def main():
    # The clients' connections end with them when run.sh is told to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    options = arguments()
    server = Server(options)
    if not server.has_view and not options.check_scenarios:
        sys.exit('there is no view perfext.n_plus_one; --check-scenarios works without it')
    sizes = [int(n) for n in options.n.split(',')] if options.n else None
    missing = options.missing.split()
    score = Score()
    passed = failed = skipped = 0
    clients = {}

    for scenario in filter(lambda one: selected(one, options), read_expected()):
        for via in scenario.via:
            wanted = [n for n in scenario.sizes if sizes is None or n in sizes]
            head = f'{scenario.number:2} {scenario.client:10} {scenario.name:20} {via:11}'
            if scenario.client in missing:
                skipped += len(wanted)
                print(f'{head} skipped: {scenario.client} could not be installed')
                continue
            key = scenario.client, via
            if key not in clients:
                clients[key] = Client(*key, options)
            client = clients[key]

            verdicts, details = [], []
            for n in wanted:
                try:
                    wrong = run_once(server, client, scenario, via, n, options, score)
                except RuntimeError as error:
                    wrong = [str(error)]
                if wrong:
                    failed += 1
                else:
                    passed += 1
                verdicts.append(f"{n}:{'WRONG' if wrong else 'ok'}")
                details += [f'    n={n}: {sentence}' for sentence in wrong]
                details += [f'    ({note})' for note in score.notes]
                score.notes.clear()
            print(head, *verdicts)
            if via == scenario.via[0] and scenario.name + '_fixed' in client.scenarios and \
                    not options.check_scenarios and not options.no_saved:
                details += [f'    saved, {compare_saved(server, client, scenario, n, score)}'
                            for n in SAVED_SIZES if sizes is None or n in sizes]
            if details:
                print('\n'.join(details))
            sys.stdout.flush()

    for client in clients.values():
        client.end()
    if not options.check_scenarios:
        score.print()
    print(f'{passed} passed, {failed} failed, {skipped} skipped')
    sys.exit(0 if passed and not failed else 1)


if __name__ == '__main__':
    main()
