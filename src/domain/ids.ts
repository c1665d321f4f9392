/** A text that says which kind of thing it names, so that a store's id can't be passed where a product's is meant. */
type Id<Kind extends string> = string & { readonly __kind?: Kind };

export type StoreId = Id<'store'>;
export type CustomerId = Id<'customer'>;
export type CategoryId = Id<'category'>;
export type ProductTypeId = Id<'product_type'>;
export type ProductId = Id<'product'>;
export type InventoryId = Id<'inventory'>;
export type OrderId = Id<'order'>;
export type OrderItemId = Id<'order_item'>;

/** Lower case, `&` → `and`, every other run of characters that are neither letters nor digits → `_`. */
export function slug(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/&/g, ' and ')
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
}

/** The id of a store from its name: "Zava Retail Seattle" → `store_seattle`. */
export const storeIdFromName = (name: string): StoreId => `store_${slug(name.replace(/^Zava Retail /i, ''))}`;
export const customerIdFromNumber = (number: number): CustomerId => `customer_${number}`;
export const categoryIdFromName = (name: string): CategoryId => `cat_${slug(name)}`;
/** `number` is the type's place in the whole catalogue, from 1: names may repeat, ids may not. */
export const productTypeIdFromName = (name: string, number: number): ProductTypeId => `ptype_${slug(name)}_${number}`;
export const productIdFromNumber = (number: number): ProductId => `prod_${number}`;
export const orderIdFromNumber = (number: number): OrderId => `order_${number}`;

/**
 * The form of a UUID in lower case. Version and variant bits are not asked for: the original application's
 * row-level-security ids don't keep them.
 */
export const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const isUuid = (text: unknown): text is string => typeof text === 'string' && UUID_PATTERN.test(text);
