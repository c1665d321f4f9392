import { parseArgs } from 'node:util';

const USAGE = `npm run bench:sync -- [options]
  --customers N --orders N   a smaller data set
  --data-dir DIR             keep the filled database there, and use it again (the same as bench:embedded's)
  --only NAME[,NAME…]        only these parts: initial, reconnect, change, crowd
  --order-days N             how far back a device holds orders (default 90)
  --devices N                simulated devices of the crowd (default 5000)
  --changes N                changes per second beside what is measured (default 500)
  --seconds N                how long the crowd is watched (default 20)
  --edits N                  edits of one device that another waits for (default 200)
  --cpu-prof DIR             write a CPU profile of the gateway there
  --json                     print figures as JSON`;

export type Part = 'initial' | 'reconnect' | 'change' | 'crowd';

export interface SyncBenchOptions {
  readonly size: { readonly numCustomers?: number; readonly numOrders?: number };
  readonly dataDirectory: string | undefined;
  readonly orderDays: number;
  readonly devices: number;
  readonly changesPerSecond: number;
  readonly seconds: number;
  readonly edits: number;
  readonly json: boolean;
  readonly gatewayNodeOptions: readonly string[];
  wants(part: Part): boolean;
}

export function readOptions(words: readonly string[]): SyncBenchOptions {
  const { values } = parseArgs({
    args: [...words],
    options: {
      customers: { type: 'string' },
      orders: { type: 'string' },
      'data-dir': { type: 'string' },
      only: { type: 'string' },
      'order-days': { type: 'string', default: '90' },
      devices: { type: 'string', default: '5000' },
      changes: { type: 'string', default: '500' },
      seconds: { type: 'string', default: '20' },
      edits: { type: 'string', default: '200' },
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
    orderDays: wholeNumber('order-days', values['order-days']),
    devices: wholeNumber('devices', values.devices),
    changesPerSecond: wholeNumber('changes', values.changes),
    seconds: wholeNumber('seconds', values.seconds),
    edits: wholeNumber('edits', values.edits),
    json: values.json,
    gatewayNodeOptions: values['cpu-prof'] === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values['cpu-prof']}`],
    wants: (part) => only === undefined || only.includes(part),
  };
}

function wholeNumber(name: string, text: string): number {
  if (!/^[1-9]\d*$/.test(text))
    throw new Error(`--${name} wants a whole number of at least 1, not ${text}.\n\n${USAGE}`);
  return Number(text);
}
