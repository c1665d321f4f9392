/**
 * The rooms of `src/` and who may import whom. A test compares this table with every import, so that the picture
 * cannot go stale. A room is entered by its `index.ts` alone.
 */
export const mayImport = {
  domain: [], // retail types and rules: no I/O, no clock, no randomness
  catalog: ['domain'],
  embeddings: ['domain'], // texts and pictures as vectors
  generator: ['domain', 'catalog', 'embeddings'],
  embedded: [], // knows MongoDB, not retail: it serves any data
  database: ['domain', 'catalog', 'embeddings', 'generator'],
  sync: ['domain'], // what gateway and device share: pure
  gateway: ['domain', 'sync', 'database'],
  edge: ['domain', 'sync'], // any JavaScript: nothing of Node
  simulation: ['domain', 'sync', 'gateway', 'edge'], // devices, gateways and MongoDB in one process, from a seed
  pages: [], // what both web servers share: the built pages, and a guard against other sites
  device: ['domain', 'sync', 'edge', 'pages'], // the process around edge on Node; never reaches MongoDB
  mcp: ['domain', 'database', 'embeddings'], // what agents may ask
  headquarters: ['domain', 'database', 'embeddings', 'gateway', 'mcp', 'pages'],
  cli: '*', // the one place that joins the parts together
} as const satisfies Record<string, readonly string[] | '*'>;

/** Files that a page of `web/` may import from `src/`: types alone. */
export const webMayImport = ['src/domain/index.ts', 'src/headquarters/api.ts', 'src/device/api.ts'] as const;
