/**
 * Reads `config/ditto_connector_config.yaml`: which collections devices hold, and how their documents are named in Ditto.
 * One description serves the gateway and Ditto's cloud, so a file that this program can't follow is refused whole.
 */
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { type CollectionName, collectionNames, describeCollection, syncedCollectionNames } from '../domain/index.ts';
import { GatewayError } from './errors.ts';

const mapping = z
  .strictObject({
    id_mapping: z.enum(['match_ids', 'single_field', 'multiple_fields']),
    fields: z.array(z.string().min(1)).min(1).optional(),
    initial_sync: z.boolean(),
  })
  .superRefine(({ id_mapping, fields = [] }, context) => {
    const isRight =
      id_mapping === 'match_ids' ? fields.length === 0 : (id_mapping === 'single_field') === (fields.length === 1);
    if (!isRight) context.addIssue({ code: 'custom', path: ['fields'], message: `does not fit ${id_mapping}` });
  });

const connectorSchema = z.strictObject({
  version: z.literal(1),
  database: z.string().min(1),
  dql_strict_mode: z.boolean(),
  collections: z.record(z.string(), mapping),
  not_synced: z.array(z.string()),
});

export interface ConnectorMapping {
  /** What Ditto's `_id` is made of: `_id` alone, one field, or several in a map. */
  readonly idFields: readonly string[];
  readonly hasInitialSync: boolean;
}

export interface ConnectorConfig {
  readonly database: string;
  readonly collections: ReadonlyMap<CollectionName, ConnectorMapping>;
}

export async function readConnectorConfig(file: string): Promise<ConnectorConfig> {
  let value: unknown;
  try {
    value = parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new GatewayError('CONNECTOR_INVALID', `${file} can't be read: ${(cause as Error).message}`, { cause });
  }
  const parsed = connectorSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new GatewayError('CONNECTOR_INVALID', `${file}, at ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const fault = disagreement(parsed.data);
  if (fault !== null) throw new GatewayError('CONNECTOR_INVALID', `${file}: ${fault}`);
  const collections = new Map<CollectionName, ConnectorMapping>();
  for (const [name, { fields, initial_sync }] of Object.entries(parsed.data.collections)) {
    collections.set(name as CollectionName, { idFields: fields ?? ['_id'], hasInitialSync: initial_sync });
  }
  return { database: parsed.data.database, collections };
}

/** Where the file and the collections of this program part; null where they agree. */
function disagreement({ collections, not_synced }: z.infer<typeof connectorSchema>): string | null {
  const listed = Object.keys(collections);
  const unknown = [...listed, ...not_synced].find((name) => !(collectionNames as string[]).includes(name));
  if (unknown !== undefined) return `there is no collection '${unknown}'.`;
  const missing = syncedCollectionNames.find((name) => !listed.includes(name));
  if (missing !== undefined) return `'${missing}' is missing: devices hold it.`;
  const withheld = collectionNames.find((name) => !describeCollection(name).synced && listed.includes(name));
  if (withheld !== undefined) return `'${withheld}' never goes to a device.`;
  for (const name of syncedCollectionNames) {
    const { fields } = collections[name] as z.infer<typeof mapping>;
    const { idField, schema } = describeCollection(name);
    if (fields === undefined) continue;
    if (!fields.includes(idField))
      return `the id of '${name}' lacks ${idField}: two documents could have the same one.`;
    const optional = fields.find((field) => schema.shape[field]?.safeParse(undefined).success !== false);
    if (optional !== undefined) return `a document of '${name}' need not have ${optional}, so no id can be made of it.`;
  }
  return null;
}
