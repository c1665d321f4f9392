/** `examples/ditto_queries.md`: the catalogue of src/edge/dql.ts, every statement with what a real store answers. */
import type { Ditto } from '@dittolive/ditto';
import { statements } from '../../src/edge/dql.ts';
import { type Answer, answerOf, readCatalogue, type Statement } from './ditto-catalogue.ts';
import { type Joined, joinedRows, joins, type Subscribed, subscriptions, tryToSubscribe } from './ditto-tries.ts';

/** What of a document tells a reader what it is. */
const TELLING: Readonly<Record<string, readonly string[]>> = {
  stores: ['store_id', 'store_name'],
  categories: ['category_id', 'category_name'],
  product_types: ['type_id', 'type_name', 'category_id'],
  products: ['product_id', 'sku', 'product_name', 'base_price'],
  inventory: ['store_id', 'product_id', 'stock_level', 'location'],
  customers: ['customer_id', 'first_name', 'last_name', 'email', 'phone'],
  orders: ['order_id', 'store_id', 'order_date', 'status', 'total'],
  order_items: ['order_id', 'sku', 'quantity', 'unit_price', 'line_total'],
  stock_movements: ['product_id', 'kind', 'quantity', 'order_id', 'transfer_id', 'replenishment_id', 'hlc'],
  stock_transfers: ['transfer_id', 'from_store_id', 'to_store_id', 'lines', 'status'],
  replenishment_orders: ['replenishment_id', 'store_id', 'lines', 'status'],
  alerts: ['alert_id', 'kind', 'subjects', 'severity', 'state'],
  zava_sync: ['_id', 'epoch', 'sequence', 'newest_hlc'],
  zava_outbox: ['_id', 'action', 'hlc', 'is_settlement'],
  zava_rejected: ['_id', 'action', 'reason', 'message'],
};

/** What a reader has to know before a group of statements. */
const ABOUT: Readonly<Record<string, string>> = {
  Replication:
    'What a device does to stay in step with MongoDB. Where a statement is made for any collection, it stands here for `orders`. The collections `zava_…` are the device’s own memory and are never synced.',
  'On Ditto’s own sync, where ids are what the connector makes of them':
    'Only with Ditto’s cloud instead of Zava’s gateway. `subscription` and `evictOutside` take their condition from a filter (`src/edge/filter-dql.ts`).',
  'What the apps ask':
    'Each by an index, or with a reason to read a whole collection. Documents are found by their id fields, not by `_id`: on Ditto’s cloud the connector decides what `_id` looks like.',
};

export async function renderDittoPage(ditto: Ditto): Promise<string> {
  const catalogue = await readCatalogue();
  const parts: string[] = [];
  for (const group of orderedGroups(catalogue)) {
    parts.push(`## ${group}\n\n${ABOUT[group] ?? ''}`);
    for (const statement of catalogue.filter((one) => one.group === group)) {
      parts.push(renderStatement(statement, await answerOf(ditto, statement)));
    }
  }
  const joined: [Joined, readonly unknown[]][] = [];
  for (const join of joins) joined.push([join, await joinedRows(ditto, join)]);
  const tried = subscriptions.map((one): [Subscribed, string] => [one, tryToSubscribe(ditto, one)]);
  return `${[INTRODUCTION, renderJoins(joined), renderSubscriptions(tried), LIVE, PERMISSIONS, ...parts, renderIndexes()].join('\n\n')}\n`;
}

/** Readers come for the apps' questions. */
function orderedGroups(catalogue: readonly Statement[]): string[] {
  const groups = [...new Set(catalogue.map(({ group }) => group))];
  return groups.toSorted(
    (one, other) => Number(other.startsWith('What the apps')) - Number(one.startsWith('What the apps')),
  );
}

function renderStatement({ name, purpose, dql, parameters }: Statement, answer: Answer): string {
  const given = Object.keys(parameters).length === 0 ? '' : `With \`${json(short(parameters))}\`: `;
  return `### ${name}\n\n${purpose.replaceAll(/\{@link (\w+)\}/g, '`$1`')}\n\n${fenced('sql', dql)}\n\n${given}${renderAnswer(dql, answer)}`;
}

function renderAnswer(dql: string, { rows, changed, indexes, readsAll }: Answer): string {
  const by = indexes.length > 0 ? ` by ${indexes.map((index) => `\`${index}\``).join(' and ')}` : '';
  const how = readsAll ? ', reads the whole collection' : by;
  if (!dql.startsWith('SELECT')) return `${count(changed)} changed${how}.`;
  const [, collection = ''] = /FROM (\w+)/.exec(dql) ?? [];
  const [first] = rows;
  const shown = first === undefined ? '.' : `:\n\n${fenced('json', json(tellingOf(collection, first)))}`;
  return `${count(rows.length)}${how}${rows.length > 1 ? ', the first of them' : ''}${shown}`;
}

function tellingOf(collection: string, row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const names = (TELLING[collection] ?? Object.keys(row)).filter((name) => name in row);
  const shown = names.length === 0 ? row : Object.fromEntries(names.map((name) => [name, row[name]]));
  return { ...shown };
}

function renderJoins(joined: readonly (readonly [Joined, readonly unknown[]])[]): string {
  const parts = joined.map(
    ([{ title, dql, why }, rows]) =>
      `**${title}**\n\n${fenced('sql', dql)}\n\n${why}\n\n${fenced('json', rows.map(json).join('\n'))}`,
  );
  return `## An order with its items\n\n${parts.join('\n\n')}\n\n${JOIN_TRAPS}`;
}

function renderSubscriptions(tried: readonly (readonly [Subscribed, string])[]): string {
  const lines = tried.map(([{ dql, why }, outcome]) => `| \`${dql}\` | ${outcome} | ${why} |`);
  return `${SUBSCRIPTIONS}\n\n| statement | answer | |\n|---|---|---|\n${lines.join('\n')}\n\n${AFTER_SUBSCRIPTIONS}`;
}

const renderIndexes = () =>
  `## Indexes\n\nMade when the store is opened; each serves at least one statement above.\n\n${fenced('sql', statements.indexes.join(';\n'))}`;

const count = (documents: number): string => (documents === 1 ? '1 document' : `${documents} documents`);
const fenced = (language: string, text: string): string => `\`\`\`${language}\n${text}\n\`\`\``;
const json = (value: unknown): string => JSON.stringify(value).replaceAll('\uffff', '\\uffff');
/** A whole document as a parameter says no more than its beginning. */
const short = (parameters: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  'documents' in parameters ? { documents: ['…'] } : parameters;

const INTRODUCTION = `# Ditto: what a device asks its store

Made from \`src/edge/dql.ts\` by \`npx vitest run tests/examples/ditto-queries.test.ts -u\`, which runs every statement on this
page on a real Ditto store (SDK 5.1). Change the catalogue, not this page.

\`\`\`ts
import { Ditto, DittoConfig } from '@dittolive/ditto';

// A store on this machine's disk. It works without an account; syncing with Ditto's cloud takes one.
const ditto = await Ditto.open(new DittoConfig('00000000-0000-4000-8000-000000000001', { mode: 'smallPeersOnly' }, './store'));
const { items } = await ditto.store.execute('SELECT * FROM orders WHERE order_id = :orderId', { orderId: 'order_4711' });
const [order] = items.map(({ value }) => value); // taken at once: items belong to the store
\`\`\`

To try them on a real device: \`npm start\`, then look at \`src/device/README.md\` for its API; or run the same statements against
Ditto's cloud over its HTTP API (\`POST …/api/v4/store/execute\` with \`{ "statement": …, "args": … }\`).

What holds for all of them:
- Values are parameters (\`:orderId\`), never pasted into the text. A list is \`IN :ids\`; \`IN (:ids)\` matches nothing.
- Times are ISO 8601 text in UTC of one precision, so \`<\` and \`ORDER BY\` work on them.
- \`!=\` skips documents that lack the field: \`IS MISSING\` finds those.
- An unnamed \`COUNT(*)\` comes back as \`($1)\`: give it a name.
- Nothing is deleted: \`deleted: true\` hides a document. DELETE leaves a tombstone that other devices forget after days, and a device that
  was offline for longer brings the document back. EVICT takes a document away on this device only.`;

const JOIN_TRAPS = `Zava's devices use the first form everywhere. Of the second, know:
- The joined side needs an index on the field of the condition (or its \`_id\`), else the statement is refused.
- The planner may begin with the wrong side: for the same rows we have measured 0.2 s and 116 s. Ask with EXPLAIN, on as many documents as a
  device holds.
- \`SELECT *\` nests the rows under their aliases, and a field of the same name in both is one field of the result without it.
- A live query over a JOIN delivers \`_id\` as a map with an entry per alias, execute() doesn't: tell rows apart by \`order_item_id\`, not by \`_id\`.
- There is no subquery, no EXISTS, no UNION and no comma join.
- A subscription can't join: that is why order items carry \`store_id\` and \`order_date\` of their order.`;

const SUBSCRIPTIONS = `## Subscriptions: what Ditto shall bring

A subscription names whole documents of one collection by a condition. What it may not be, the store says when it is registered:`;

const AFTER_SUBSCRIPTIONS = `Aggregates, order and limits are for queries of what is there; what shall come is a range: the orders of the last 90 days, not the newest
hundred. Move such a range once a day, not with every screen: each change makes the other side work out anew what you lack (Ditto advises
against changing more than about every 15 minutes). When one is replaced: cancel it, register the new one, then \`evictOutside\` what the old one
brought, and once more some seconds later for what was on its way. Keep the object that is returned: without it nobody can cancel.`;

const LIVE = `## Live queries: what a screen shows

\`\`\`ts
const observer = ditto.store.registerObserverWithSignalNext(
  'SELECT * FROM alerts WHERE store_id = :storeId',
  ({ items }, signalNext) => {
    draw(items.map(({ value }) => value)).finally(signalNext); // the next state comes when this one is drawn
  },
  { storeId: 'store_seattle' },
);
observer.cancel(); // before the store is closed
\`\`\`

\`src/edge/observe.ts\` is this with errors handled. An observer sees what the store holds, also offline; it brings nothing.`;

const PERMISSIONS = `## Permissions look at \`_id\` alone

On Ditto's cloud the answer of the login webhook says what a user may read and write: a query per collection, in the older syntax, which can
look at nothing but \`_id\`. Nobody can be kept to a store by \`orders.store_id\`. What has to be judged must be part of the id, and an id never
changes: \`config/ditto_connector_config.scoped.yaml\` makes the ids so, and the webhook then answers

\`\`\`json
{
  "authenticated": true,
  "userID": "user-1",
  "expirationSeconds": 28800,
  "permissions": {
    "read": { "everything": false, "queriesByCollection": { "products": ["true"], "orders": ["_id.store_id == 'store_seattle'"] } },
    "write": { "everything": false, "queriesByCollection": { "orders": ["_id.store_id == 'store_seattle'"] } },
    "remoteQuery": false
  }
}
\`\`\`

A part of such an id isn't found by the automatic index of \`_id\`: \`CREATE INDEX … ON orders (_id.store_id)\`. Zava's own gateway judges by any
field (\`config/ditto_permissions.json\`) and needs none of this. A subscription is a wish, not a permission: it keeps nobody out. This section
is from Ditto's documentation; nothing here was run against its cloud.`;
