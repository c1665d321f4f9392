/** Every command, by the words that call it. Adding one is a file in `commands/` and a line here. */
import type { CliCommand } from './frame.ts';

export const commandTable = {
  'change-streams enable': async () => (await import('./commands/change-streams/enable.ts')).enable,
  'change-streams test': async () => (await import('./commands/change-streams/test.ts')).testChangeStreams,
  check: async () => (await import('./commands/check.ts')).check,
  clear: async () => (await import('./commands/clear.ts')).clear,
  db: async () => (await import('./commands/db.ts')).db,
  device: async () => (await import('./commands/device.ts')).device,
  'embeddings generate': async () => (await import('./commands/embeddings/generate.ts')).generate,
  'embeddings status': async () => (await import('./commands/embeddings/status.ts')).status,
  'encode-password': async () => (await import('./commands/encode-password.ts')).encodePassword,
  export: async () => (await import('./commands/export.ts')).exportData,
  gateway: async () => (await import('./commands/gateway.ts')).gateway,
  generate: async () => (await import('./commands/generate.ts')).generate,
  import: async () => (await import('./commands/import.ts')).importData,
  'inbox change': async () => (await import('./commands/inbox/change.ts')).change,
  'inbox discard': async () => (await import('./commands/inbox/discard.ts')).discard,
  'inbox list': async () => (await import('./commands/inbox/list.ts')).list,
  'inbox replay': async () => (await import('./commands/inbox/replay.ts')).replay,
  'inbox restore': async () => (await import('./commands/inbox/restore.ts')).restore,
  'inbox show': async () => (await import('./commands/inbox/show.ts')).show,
  'indexes create': async () => (await import('./commands/indexes/create.ts')).create,
  'indexes drop': async () => (await import('./commands/indexes/drop.ts')).drop,
  'indexes list': async () => (await import('./commands/indexes/list.ts')).list,
  'indexes mongosh': async () => (await import('./commands/indexes/mongosh.ts')).mongosh,
  'mcp customer-sales': async () => (await import('./commands/mcp/serve.ts')).customerSales,
  'mcp install': async () => (await import('./commands/mcp/install.ts')).install,
  'mcp sales-analysis': async () => (await import('./commands/mcp/serve.ts')).salesAnalysis,
  'mcp tools': async () => (await import('./commands/mcp/tools.ts')).tools,
  'product add': async () => (await import('./commands/product/add.ts')).add,
  simulate: async () => (await import('./commands/simulate.ts')).simulate,
  start: async () => (await import('./commands/start.ts')).start,
  'stock rebuild': async () => (await import('./commands/stock/rebuild.ts')).rebuild,
  'summaries rebuild': async () => (await import('./commands/summaries/rebuild.ts')).rebuild,
  'summaries status': async () => (await import('./commands/summaries/status.ts')).status,
  'sync status': async () => (await import('./commands/sync/status.ts')).status,
  'sync trigger': async () => (await import('./commands/sync/trigger.ts')).trigger,
  'test-connection': async () => (await import('./commands/test-connection.ts')).testConnection,
  'token allow': async () => (await import('./commands/token/allow.ts')).allow,
  'token inspect': async () => (await import('./commands/token/inspect.ts')).inspect,
  'token issue': async () => (await import('./commands/token/issue.ts')).issue,
  'token revoke': async () => (await import('./commands/token/revoke.ts')).revoke,
  validate: async () => (await import('./commands/validate.ts')).validate,
} as const satisfies Record<string, () => Promise<CliCommand>>;

/** What the words that gather commands stand for. */
export const commandGroups = {
  'change-streams': 'Turn change streams on, and prove that they work.',
  embeddings: 'Make the vectors that products are found by their meaning with.',
  inbox: 'Settle what headquarters refused of the devices’ work.',
  indexes: 'Create, list, drop and print the indexes.',
  mcp: 'Let assistants ask for products, stock and sales.',
  product: 'Add to the catalogue of a loaded database.',
  stock: 'Look after the stock ledger.',
  summaries: 'Look after the summary of sales that questions over all orders are answered from.',
  sync: 'See how gateways and devices are, and have the devices compared.',
  token: 'Say who a device, a person or an agent is.',
} as const satisfies Record<string, string>;

export type CommandName = keyof typeof commandTable;

export const commandNames = Object.keys(commandTable) as CommandName[];
