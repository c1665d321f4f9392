import {
  ALERT_KINDS,
  type CollectionName,
  DESCRIPTION_EMBEDDING_LENGTH,
  IMAGE_EMBEDDING_LENGTH,
  MONTH_KEYS,
  MOVEMENT_KINDS,
  ORDER_STATUSES,
  REPLENISHMENT_STATUSES,
  TRANSFER_STATUSES,
} from '../../domain/index.ts';
import {
  bool,
  formed,
  int,
  type Kind,
  map,
  money,
  multiplier,
  number,
  oneOf,
  optional,
  price,
  record,
  reference,
  type TimeRange,
  text,
  time,
  uuid,
  vector,
  word,
} from './kinds.ts';

/*
 * The fields of the thirteen collections, as tables that are quick to judge. What they say is the domain's schemas, field
 * by field (a test holds the two together), except that a reference may have any form here: whether it names a document
 * is a check of its own, and one fault should have one finding.
 */

export type FieldTable = Readonly<Record<string, Kind>>;
export type FieldTables = Readonly<Record<CollectionName, FieldTable>>;

export interface FieldRanges {
  /** Every time of every document. */
  readonly times: TimeRange;
  /** The dates of orders. */
  readonly orderDates: TimeRange;
}

const ID_FORM = 'id_form';
const ownId = (pattern: RegExp, form: string) => formed(pattern, ID_FORM, `an id of the form ${form}`);

export function fieldTables({ times, orderDates }: FieldRanges): FieldTables {
  const instant = time(times);
  const common = { _id: word, deleted: bool };
  const steps = record(map({ at: instant, by: word }, 'steps'), 'steps');
  return {
    stores: {
      ...common,
      store_id: ownId(/^store_[a-z0-9_]+$/, 'store_<slug>'),
      store_name: word,
      rls_user_id: uuid('rls_user_id'),
      is_online: bool,
      location: map(
        {
          address: word,
          city: word,
          state: oneOf(['WA'], 'location'),
          zip: word,
          latitude: number,
          longitude: number,
        },
        'location',
      ),
      demo_default: bool,
      created_at: instant,
    },
    categories: {
      ...common,
      category_id: ownId(/^cat_[a-z0-9_]+$/, 'cat_<slug>'),
      category_name: word,
      seasonal_multipliers: map(Object.fromEntries(MONTH_KEYS.map((month) => [month, multiplier])), 'seasons', {
        exact: true,
      }),
    },
    product_types: {
      ...common,
      type_id: ownId(/^ptype_[a-z0-9_]+_\d+$/, 'ptype_<slug>_<n>'),
      type_name: word,
      category_id: reference,
    },
    products: {
      ...common,
      product_id: ownId(/^prod_\d+$/, 'prod_<n>'),
      sku: word,
      product_name: word,
      category_id: reference,
      type_id: reference,
      cost: price,
      base_price: price,
      gross_margin_percent: number,
      product_description: word,
      image_url: word,
      specifications: record(undefined, 'specifications'),
      created_at: instant,
      updated_at: instant,
    },
    product_embeddings: {
      ...common,
      product_id: reference,
      image_embedding: vector(IMAGE_EMBEDDING_LENGTH, 'image_vector'),
      description_embedding: vector(DESCRIPTION_EMBEDDING_LENGTH, 'description_vector'),
      embedding_model: word,
      image_url: word,
      created_at: instant,
    },
    customers: {
      ...common,
      customer_id: ownId(/^(customer_\d+|[0-9a-f-]{36})$/, 'customer_<n>'),
      first_name: word,
      last_name: word,
      email: formed(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'email', 'an e-mail address'),
      phone: formed(/^\(\d{3}\) \d{3}-\d{4}$/, 'phone', 'a telephone number such as (206) 555-0123'),
      primary_store_id: reference,
      created_at: instant,
      updated_at: instant,
    },
    inventory: {
      ...common,
      inventory_id: uuid(ID_FORM),
      store_id: reference,
      product_id: reference,
      stock_level: int(),
      reorder_threshold: int(0),
      reorder_quantity: int(1),
      location: map({ aisle: word, shelf: word, bin: word }, 'location'),
      last_counted: instant,
      last_updated: instant,
      notes: text,
    },
    orders: {
      ...common,
      order_id: ownId(/^(order_\d+|[0-9a-f-]{36})$/, 'order_<n> or a UUID'),
      customer_id: reference,
      store_id: reference,
      customer_name: word,
      customer_email: word,
      store_name: word,
      order_date: time(orderDates, 'date_range'),
      status: oneOf(ORDER_STATUSES, 'status'),
      item_count: int(1),
      subtotal: money,
      discount_total: money,
      tax: money,
      total: money,
      created_at: instant,
      updated_at: instant,
    },
    order_items: {
      ...common,
      order_item_id: uuid(ID_FORM),
      order_id: reference,
      store_id: reference,
      order_date: instant,
      product_id: reference,
      sku: word,
      product_name: word,
      quantity: int(1),
      unit_price: price,
      discount_percent: int(0, 100),
      discount_amount: money,
      line_total: money,
      created_at: instant,
    },
    stock_movements: {
      ...common,
      movement_id: uuid(ID_FORM),
      inventory_id: reference,
      store_id: reference,
      product_id: reference,
      kind: oneOf(MOVEMENT_KINDS, 'kind'),
      quantity: int(),
      order_id: optional(reference),
      transfer_id: optional(reference),
      replenishment_id: optional(reference),
      reason: text,
      user_id: word,
      device_id: word,
      hlc: word,
      occurred_at: instant,
    },
    stock_transfers: {
      ...common,
      transfer_id: uuid(ID_FORM),
      from_store_id: reference,
      to_store_id: reference,
      lines: record(int(1), 'lines'),
      status: oneOf(TRANSFER_STATUSES, 'status'),
      steps,
      notes: text,
    },
    replenishment_orders: {
      ...common,
      replenishment_id: uuid(ID_FORM),
      store_id: reference,
      lines: record(map({ ordered: int(1), received: int(0) }, 'lines'), 'lines'),
      status: oneOf(REPLENISHMENT_STATUSES, 'status'),
      steps,
    },
    alerts: {
      ...common,
      alert_id: uuid(ID_FORM),
      kind: oneOf(ALERT_KINDS, 'kind'),
      store_id: reference,
      subjects: record(word, 'subjects'),
      severity: oneOf(['info', 'warning', 'critical'], 'severity'),
      state: oneOf(['open', 'acknowledged', 'resolved'], 'state'),
      facts: record(undefined, 'facts'),
      raised_at: instant,
      resolved_at: optional(instant),
      resolved_by: optional(word),
    },
  };
}
