import type { Document } from '../bson/values.ts';
import { compileFilter } from '../query/filter.ts';
import { anything, boolean, object } from './arguments.ts';
import { defineCommand } from './command.ts';

/** Every replica set has them; drivers and tools count on `admin`. */
const OWN_DATABASES = ['admin', 'config', 'local'];

export const listDatabases = defineCommand({
  name: 'listDatabases',
  summary: 'The databases, with their sizes.',
  arguments: {
    listDatabases: anything,
    filter: object.default({}),
    nameOnly: boolean.default(false),
    authorizedDatabases: anything,
    comment: anything,
  },
  apiVersion1: true,
  adminOnly: true,
  run(args, context) {
    using view = context.openView();
    const filter = compileFilter(args.filter);
    const bytesByName = new Map<string, number>(OWN_DATABASES.map((name) => [name, 0]));
    for (const info of view.collections()) {
      const bytes = info.type === 'view' ? 0 : (view.collection(info.namespace)?.dataBytes() ?? 0);
      bytesByName.set(info.database, (bytesByName.get(info.database) ?? 0) + bytes);
    }
    const databases: Document[] = [];
    let totalSize = 0;
    for (const [name, bytes] of [...bytesByName].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const document = { name, sizeOnDisk: BigInt(bytes), empty: false };
      if (!filter.matches(document)) continue;
      totalSize += bytes;
      databases.push(args.nameOnly ? { name } : document);
    }
    if (args.nameOnly) return { databases, ok: 1 };
    return { databases, totalSize: BigInt(totalSize), totalSizeMb: BigInt(Math.floor(totalSize / 1024 / 1024)), ok: 1 };
  },
});
