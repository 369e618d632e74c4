// What the clients in JavaScript share: the judge's requests, and tags in comments.

import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';

export const settings = {
  host: process.env.PGHOST,
  port: Number(process.env.PGPORT),
  user: process.env.PGUSER,
  database: process.env.PGDATABASE,
  application_name: process.env.PGAPPNAME,
};

// What the running request puts into its comments.
const tagsOfRequest = new AsyncLocalStorage();

// From here on, and in all that is awaited, it is a request with a trace of its own.
export function newRequest(scenario) {
  const trace = randomBytes(16).toString('hex');
  tagsOfRequest.enterWith({
    db_driver: 'pg',
    controller: scenario,
    route: '/books/:id',
    traceparent: `00-${trace}-${trace.slice(0, 16)}-01`,
  });
}

// The tags as sqlcommenter's wrappers for Node write them, or nothing.
export function comment() {
  const tags = tagsOfRequest.getStore();
  if (!process.env.CLIENT_TAGS || !tags) return '';
  const pairs = Object.keys(tags).sort()
    .map((key) => `${key}='${encodeURIComponent(tags[key])}'`);
  return ` /*${pairs.join(',')}*/`;
}

// All statements of all connections of the driver get the comment.
export function tagStatements(pg) {
  const { query } = pg.Client.prototype;
  pg.Client.prototype.query = function tagged(config, ...rest) {
    if (typeof config === 'string') return query.call(this, config + comment(), ...rest);
    if (typeof config?.text === 'string') config.text += comment();
    return query.call(this, config, ...rest);
  };
}

async function timed(scenario, db, n) {
  newRequest(scenario.name);
  const begun = performance.now();
  await scenario(db, n);
  return performance.now() - begun;
}

// Answer the judge: a line of JSON per request.  open() gives what scenarios take
// as db, close() ends its connections.  With repeat, a scenario and its fixed form
// run in turn.
export async function serve(open, close, scenarios) {
  console.log(JSON.stringify(Object.keys(scenarios)));
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    const scenario = scenarios[request.scenario];
    let answer;
    try {
      const db = await open();
      const times = [];
      // A new connection's first steps are in neither.
      if (request.repeat) await scenarios[`${request.scenario}_fixed`](db, request.n);
      for (let i = 0; i < Math.max(request.repeat, 1); i += 1) {
        const turn = [await timed(scenario, db, request.n)];
        if (request.repeat) {
          turn.push(await timed(scenarios[`${request.scenario}_fixed`], db, request.n));
        }
        times.push(turn);
      }
      await close(db);
      answer = { times };
    } catch (error) {
      answer = { error: error.stack };
    }
    console.log(JSON.stringify(answer));
  }
}
