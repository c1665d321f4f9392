/** What is known of a collection, as far as its reader may see it. Values are the caller's own: nothing is kept between calls. */
import { z } from 'zod';
import { readableCollections, runCheckedAggregation, scopeOf } from '../database/index.ts';
import { type CollectionName, describeCollection } from '../domain/index.ts';
import type { McpHost, ToolCall } from './tool.ts';

const EXAMPLES = 2;
const VALUES_MAX = 60;

/** Field of a collection → the collection that it names a document of. */
const relations: Readonly<Record<string, string>> = {
  store_id: 'stores',
  primary_store_id: 'stores',
  from_store_id: 'stores',
  to_store_id: 'stores',
  customer_id: 'customers',
  category_id: 'categories',
  type_id: 'product_types',
  product_id: 'products',
  order_id: 'orders',
  inventory_id: 'inventory',
  transfer_id: 'stock_transfers',
  replenishment_id: 'replenishment_orders',
};

/** Fields with few values, which a question is likely to name. */
const namedValues: Partial<Record<CollectionName, string>> = {
  stores: 'store_name',
  categories: 'category_name',
  product_types: 'type_name',
  orders: 'status',
  stock_movements: 'type',
  stock_transfers: 'status',
  replenishment_orders: 'status',
  alerts: 'type',
};

export interface FieldFacts {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  /** The collection that it points into. */
  readonly refers_to: string | null;
  readonly values: readonly unknown[] | null;
}

export interface CollectionFacts {
  readonly collection: string;
  readonly summary: string;
  readonly id_field: string;
  readonly fields: readonly FieldFacts[];
}

export const collectionsFor = ({ permissions, principal }: Pick<McpHost, 'permissions' | 'principal'>) =>
  readableCollections(permissions, principal);

interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

/** Of the schema alone: the same for everybody of a role. */
export function factsOf(host: Pick<McpHost, 'permissions' | 'principal'>, collection: CollectionName): CollectionFacts {
  const { idField, schema, summary } = describeCollection(collection);
  const scope = scopeOf(host.permissions, host.principal, collection);
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { unrepresentable: 'any' }) as JsonSchema;
  const fields = Object.entries(properties)
    .filter(([name]) => name !== 'deleted' && scope?.shows(name) === true)
    .map(([name, field]) => ({
      name,
      type: typeOf(field),
      required: required.includes(name),
      refers_to: name === idField || name === '_id' ? null : (relations[name] ?? null),
      values: field.enum ?? (field.const === undefined ? null : [field.const]),
    }));
  return { collection, summary, id_field: idField, fields };
}

function typeOf({ type, enum: values, properties, items, anyOf }: JsonSchema): string {
  if (anyOf !== undefined) return [...new Set(anyOf.map(typeOf))].join(' or ');
  if (type === 'object' && properties !== undefined)
    return `object { ${Object.entries(properties)
      .map(([name, field]) => `${name}: ${typeOf(field)}`)
      .join(', ')} }`;
  if (type === 'array') return `array of ${items === undefined ? 'values' : typeOf(items)}`;
  return type ?? (values === undefined ? 'any' : typeof values[0]);
}

/** Of the caller's own documents: how many there are, a few of them, and the values of the field that is asked for most. */
export async function valuesOf(call: ToolCall, collection: CollectionName) {
  const ask = (pipeline: readonly Record<string, unknown>[], limit: number) =>
    runCheckedAggregation(call, call.host.permissions, { collection, pipeline, limit, signal: call.signal });
  const named = namedValues[collection];
  const [counted, examples, values] = await Promise.all([
    ask([{ $count: 'rows' }], 1),
    ask([{ $limit: EXAMPLES }], EXAMPLES),
    named === undefined
      ? null
      : ask([{ $group: { _id: `$${named}` } }, { $sort: { _id: 1 } }, { $limit: VALUES_MAX }], VALUES_MAX),
  ]);
  return {
    row_count: (counted.rows[0] as { rows: number } | undefined)?.rows ?? 0,
    examples: [...examples.rows],
    valid_values:
      named === undefined || values === null
        ? null
        : { field: named, values: values.rows.map((row) => (row as { _id: unknown })._id) },
  };
}
