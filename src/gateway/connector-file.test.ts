import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { makeTestFolder } from '../../tests/support/database.ts';
import { describeCollection, ROLES, syncedCollectionNames } from '../domain/index.ts';
import { readConnectorConfig } from './connector-file.ts';
import { readPermissions } from './permissions-file.ts';

const fileOf = (name: string) => fileURLToPath(new URL(`../../config/${name}`, import.meta.url));
const plain = fileOf('ditto_connector_config.yaml');
const scoped = fileOf('ditto_connector_config.scoped.yaml');

/** The data contract, "Ids on the Ditto side", and the four of daily work. */
const contract = {
  single: ['stores', 'customers', 'products', 'orders'],
  matching: ['categories', 'product_types', 'inventory', 'order_items'],
  scopedByStore: ['inventory', 'orders', 'order_items', 'stock_movements', 'replenishment_orders', 'alerts'],
} as const;

async function refusalOf(change: (text: string) => string): Promise<string> {
  await using folder = await makeTestFolder();
  const file = path.join(folder.path, 'connector.yaml');
  const text = await readFile(plain, 'utf8');
  expect(change(text)).not.toBe(text);
  await writeFile(file, change(text));
  const error = await readConnectorConfig(file).then(
    () => null,
    (fault: { code: string; message: string }) => fault,
  );
  expect(error?.code).toBe('CONNECTOR_INVALID');
  return error?.message ?? '';
}

describe('the connector’s description', () => {
  test.each([plain, scoped])('[GW46] names every collection that devices hold, and no other: %s', async (file) => {
    const { collections, database } = await readConnectorConfig(file);
    expect([...collections.keys()].sort()).toEqual([...syncedCollectionNames].sort());
    expect(database).toBe('zava');
    for (const { hasInitialSync } of collections.values()) expect(hasInitialSync).toBe(true);
  });

  test('[GW46] makes ids as the data contract says', async () => {
    const { collections } = await readConnectorConfig(plain);
    const idsOf = (names: readonly string[]) => names.map((name) => collections.get(name as 'orders')?.idFields);
    expect(idsOf(contract.single)).toEqual([['store_id'], ['customer_id'], ['product_id'], ['order_id']]);
    expect(idsOf(contract.matching)).toEqual([['_id'], ['_id'], ['_id'], ['_id']]);
    const inScoped = (await readConnectorConfig(scoped)).collections;
    for (const name of contract.scopedByStore) {
      expect(inScoped.get(name)?.idFields).toEqual(['store_id', describeCollection(name).idField]);
    }
  });

  test.each([plain, scoped])('[GW46] no id is made of what a role may change in the shops: %s', async (file) => {
    const permissions = await readPermissions(fileOf('ditto_permissions.json'));
    for (const [name, { idFields }] of (await readConnectorConfig(file)).collections) {
      for (const role of ROLES.filter((one) => one !== 'headquarters')) {
        const changeable = permissions.roles[role].write[name]?.fields ?? [];
        expect(
          idFields.filter((field) => changeable.includes(field)),
          `${role}, ${name}`,
        ).toEqual([]);
      }
    }
  });

  const alerts = /\n {2}alerts:.*/;
  test.each<[what: string, change: (text: string) => string, says: string]>([
    ['a missing collection', (text) => text.replace(alerts, ''), "'alerts' is missing"],
    ['an unknown one', (text) => text.replace('  alerts:', '  notices:'), "no collection 'notices'"],
    [
      'one that never goes to a device',
      (text) => text.replace(alerts, '$&\n  product_embeddings: { id_mapping: match_ids, initial_sync: true }'),
      "'product_embeddings' never goes",
    ],
    [
      'an id that is not unique',
      (text) => text.replace(/(orders:.*fields: )\[order_id\]/, '$1[store_id]'),
      'lacks order_id',
    ],
    [
      'an id of a field that may be missing',
      (text) =>
        text.replace(
          /stock_movements:.*/,
          'stock_movements: { id_mapping: multiple_fields, fields: [order_id, movement_id], initial_sync: true }',
        ),
      'need not have order_id',
    ],
    [
      'fields that do not fit',
      (text) => text.replace('single_field, fields: [order_id]', 'match_ids, fields: [order_id]'),
      'orders.fields',
    ],
    ['a key that nothing reads', (text) => text.replace('version: 1', 'version: 1\nbatch_size: 5'), 'batch_size'],
    ['no YAML', () => 'collections: [', "can't be read"],
  ])('[GW46] with %s is refused, with the place', async (_what, change, says) => {
    expect(await refusalOf(change)).toContain(says);
  });
});
