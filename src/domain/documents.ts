import { z } from 'zod';
import { UUID_PATTERN } from './ids.ts';
import { isMoney } from './money.ts';
import { MONTH_KEYS } from './seasons.ts';
import { isIsoTime } from './time.ts';

/*
 * The documents of the thirteen collections, as existing client apps read them. Objects are loose: a document may carry
 * more than is listed here, never less.
 */

const text = z.string();
const word = z.string().min(1);
const time = z.string().refine(isIsoTime, { error: 'a UTC time such as 2024-12-30T14:05:09Z' });
const money = z.number().refine(isMoney, { error: 'an amount with two decimals' });
const count = z.int().nonnegative();
const units = z.int();
const uuid = z.string().regex(UUID_PATTERN, { error: 'a UUID in lower case' });
const idLike = (pattern: RegExp, form: string) => z.string().regex(pattern, { error: `an id of the form ${form}` });

export const storeId = idLike(/^store_[a-z0-9_]+$/, 'store_<slug>');
export const customerId = idLike(/^(customer_\d+|[0-9a-f-]{36})$/, 'customer_<n>');
export const categoryId = idLike(/^cat_[a-z0-9_]+$/, 'cat_<slug>');
export const productTypeId = idLike(/^ptype_[a-z0-9_]+_\d+$/, 'ptype_<slug>_<n>');
export const productId = idLike(/^prod_\d+$/, 'prod_<n>');
export const orderId = idLike(/^(order_\d+|[0-9a-f-]{36})$/, 'order_<n> or a UUID');

const common = { _id: word, deleted: z.boolean() };

export const storeSchema = z.looseObject({
  ...common,
  store_id: storeId,
  store_name: word,
  rls_user_id: uuid,
  is_online: z.boolean(),
  location: z.looseObject({
    address: word,
    city: word,
    state: z.literal('WA'),
    zip: word,
    latitude: z.number(),
    longitude: z.number(),
  }),
  demo_default: z.boolean(),
  created_at: time,
});

export const customerSchema = z.looseObject({
  ...common,
  customer_id: customerId,
  first_name: word,
  last_name: word,
  email: z.string().regex(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, { error: 'an e-mail address' }),
  phone: z.string().regex(/^\(\d{3}\) \d{3}-\d{4}$/, { error: 'a telephone number such as (206) 555-0123' }),
  primary_store_id: storeId,
  created_at: time,
  updated_at: time,
});

export const categorySchema = z.looseObject({
  ...common,
  category_id: categoryId,
  category_name: word,
  seasonal_multipliers: z.strictObject(Object.fromEntries(MONTH_KEYS.map((month) => [month, z.number().positive()]))),
});

export const productTypeSchema = z.looseObject({
  ...common,
  type_id: productTypeId,
  type_name: word,
  category_id: categoryId,
});

export const productSchema = z.looseObject({
  ...common,
  product_id: productId,
  sku: word,
  product_name: word,
  category_id: categoryId,
  type_id: productTypeId,
  cost: money,
  base_price: money,
  gross_margin_percent: z.number(),
  product_description: word,
  image_url: word,
  specifications: z.record(z.string(), z.unknown()),
  created_at: time,
  updated_at: time,
});

export const IMAGE_EMBEDDING_LENGTH = 512;
export const DESCRIPTION_EMBEDDING_LENGTH = 1536;

export const productEmbeddingSchema = z.looseObject({
  ...common,
  product_id: productId,
  image_embedding: z.array(z.number()).length(IMAGE_EMBEDDING_LENGTH),
  description_embedding: z.array(z.number()).length(DESCRIPTION_EMBEDDING_LENGTH),
  embedding_model: word,
  image_url: word,
  created_at: time,
});

export const inventorySchema = z.looseObject({
  ...common,
  inventory_id: uuid,
  store_id: storeId,
  product_id: productId,
  stock_level: units,
  reorder_threshold: count,
  reorder_quantity: z.int().positive(),
  location: z.looseObject({ aisle: word, shelf: word, bin: word }),
  last_counted: time,
  last_updated: time,
  notes: text,
});

export const ORDER_STATUSES = ['completed', 'pending', 'restocked', 'cancelled'] as const;

export const orderSchema = z.looseObject({
  ...common,
  order_id: orderId,
  customer_id: customerId,
  store_id: storeId,
  customer_name: word,
  customer_email: word,
  store_name: word,
  order_date: time,
  status: z.enum(ORDER_STATUSES),
  item_count: z.int().positive(),
  subtotal: money,
  discount_total: money,
  tax: money,
  total: money,
  created_at: time,
  updated_at: time,
});

export const orderItemSchema = z.looseObject({
  ...common,
  order_item_id: uuid,
  order_id: orderId,
  store_id: storeId,
  order_date: time,
  product_id: productId,
  sku: word,
  product_name: word,
  quantity: z.int().positive(),
  unit_price: money,
  discount_percent: z.int().min(0).max(100),
  discount_amount: money,
  line_total: money,
  created_at: time,
});

export const MOVEMENT_KINDS = [
  'sale',
  'return',
  'receipt',
  'transfer_out',
  'transfer_in',
  'adjustment',
  'count',
] as const;

export const stockMovementSchema = z.looseObject({
  ...common,
  movement_id: uuid,
  inventory_id: uuid,
  store_id: storeId,
  product_id: productId,
  kind: z.enum(MOVEMENT_KINDS),
  /** Signed units moved; for a count, the units found. */
  quantity: units,
  order_id: orderId.optional(),
  transfer_id: uuid.optional(),
  replenishment_id: uuid.optional(),
  reason: text,
  user_id: word,
  device_id: word,
  hlc: word,
  occurred_at: time,
});

export const TRANSFER_STATUSES = ['requested', 'in_transit', 'received', 'cancelled'] as const;
const steps = z.record(z.string(), z.looseObject({ at: time, by: word }));

export const stockTransferSchema = z.looseObject({
  ...common,
  transfer_id: uuid,
  from_store_id: storeId,
  to_store_id: storeId,
  lines: z.record(productId, z.int().positive()),
  status: z.enum(TRANSFER_STATUSES),
  steps,
  notes: text,
});

export const REPLENISHMENT_STATUSES = ['placed', 'shipped', 'partly_received', 'received', 'cancelled'] as const;

export const replenishmentOrderSchema = z.looseObject({
  ...common,
  replenishment_id: uuid,
  store_id: storeId,
  lines: z.record(productId, z.looseObject({ ordered: z.int().positive(), received: count })),
  status: z.enum(REPLENISHMENT_STATUSES),
  steps,
});

export const ALERT_KINDS = ['low_stock', 'oversold', 'rejected_change', 'conflict'] as const;

export const alertSchema = z.looseObject({
  ...common,
  alert_id: uuid,
  kind: z.enum(ALERT_KINDS),
  store_id: storeId,
  /** What the alert is about: field name of an id → id. */
  subjects: z.record(z.string(), word),
  severity: z.enum(['info', 'warning', 'critical']),
  state: z.enum(['open', 'acknowledged', 'resolved']),
  facts: z.record(z.string(), z.unknown()),
  raised_at: time,
  resolved_at: time.optional(),
  resolved_by: word.optional(),
});

export type Store = z.infer<typeof storeSchema>;
export type Customer = z.infer<typeof customerSchema>;
export type Category = z.infer<typeof categorySchema>;
export type ProductType = z.infer<typeof productTypeSchema>;
export type Product = z.infer<typeof productSchema>;
export type ProductEmbedding = z.infer<typeof productEmbeddingSchema>;
export type InventoryItem = z.infer<typeof inventorySchema>;
export type Order = z.infer<typeof orderSchema>;
export type OrderItem = z.infer<typeof orderItemSchema>;
export type StockMovement = z.infer<typeof stockMovementSchema>;
export type StockTransfer = z.infer<typeof stockTransferSchema>;
export type ReplenishmentOrder = z.infer<typeof replenishmentOrderSchema>;
export type Alert = z.infer<typeof alertSchema>;
