import { countProjectDocuments, databaseErrorFrom } from '../database/index.ts';
import { isCoded } from './errors.ts';
import type { CliContext } from './frame.ts';

export type ConnectionFinding =
  | {
      readonly ok: true;
      readonly address: string;
      readonly server: 'own' | 'running' | 'given';
      readonly version: string;
      readonly isReplicaSet: boolean;
      readonly database: string;
      readonly documents: Readonly<Record<string, number>>;
    }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly fix: string };

/** Connects and says what is there; a fault that someone can act on is a finding, not an exception. */
export async function connectionOrFault({ openDatabase, settings }: CliContext): Promise<ConnectionFinding> {
  try {
    await using opened = await openDatabase();
    const [info, hello, counts] = await Promise.all([
      opened.db.command({ buildInfo: 1 }),
      opened.db.command({ hello: 1 }),
      countProjectDocuments(opened.db),
    ]);
    return {
      ok: true,
      address: opened.address,
      server: opened.server,
      version: String(info['version']),
      isReplicaSet: typeof hello['setName'] === 'string',
      database: settings.MONGODB_DATABASE,
      documents: Object.fromEntries(counts.map(({ collection, documents }) => [collection, documents])),
    };
  } catch (error) {
    const known = isCoded(error) ? error : databaseErrorFrom(error);
    if (known === undefined) throw error;
    return { ok: false, code: known.code, message: known.message, fix: known.fix };
  }
}
