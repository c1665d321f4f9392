import { parseArgs } from 'node:util';

const USAGE = `npm run bench:embedded -- [options]
  --customers N --orders N   a smaller data set
  --data-dir DIR             keep the filled databases there, and use them again
  --only NAME[,NAME…]        only these parts: names of queries, point-read-id, point-read-unique, insert, driver,
                             traffic-1, traffic-8, traffic-64, responsiveness; or queries, points, traffic
  --rounds N                 turns of each side per part (default 9)
  --no-postgres              the embedded server alone
  --cpu-prof DIR             write a CPU profile of the server there
  --json                     print figures as JSON`;

export interface BenchOptions {
  readonly size: { readonly numCustomers?: number; readonly numOrders?: number };
  readonly dataDirectory: string | undefined;
  readonly rounds: number;
  readonly withPostgres: boolean;
  readonly json: boolean;
  readonly nodeOptions: readonly string[];
  wants(name: string, group: 'queries' | 'points' | 'traffic' | 'responsiveness'): boolean;
}

export function readOptions(words: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...words],
    options: {
      customers: { type: 'string' },
      orders: { type: 'string' },
      'data-dir': { type: 'string' },
      only: { type: 'string' },
      rounds: { type: 'string', default: '9' },
      'no-postgres': { type: 'boolean', default: false },
      'cpu-prof': { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    process.exit();
  }
  const only = values.only?.split(',');
  return {
    size: {
      ...(values.customers === undefined ? {} : { numCustomers: wholeNumber('customers', values.customers) }),
      ...(values.orders === undefined ? {} : { numOrders: wholeNumber('orders', values.orders) }),
    },
    dataDirectory: values['data-dir'],
    rounds: wholeNumber('rounds', values.rounds),
    withPostgres: !values['no-postgres'],
    json: values.json,
    nodeOptions: values['cpu-prof'] === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values['cpu-prof']}`],
    wants: (name, group) => only === undefined || only.includes(name) || only.includes(group),
  };
}

function wholeNumber(name: string, text: string): number {
  if (!/^[1-9]\d*$/.test(text))
    throw new Error(`--${name} wants a whole number of at least 1, not ${text}.\n\n${USAGE}`);
  return Number(text);
}
