import { type CollectionName, collectionNames, syncedCollectionNames } from '../../domain/index.ts';

/*
 * Every check, in one table. The report, `docs/validation.md` and `--json` are made from it; a rule that reports to a
 * check that is not here does not compile.
 */

/** An `error` fails the validation; a `warning` is told and does not. */
export type Severity = 'error' | 'warning';

/** `generated`: judged on a data set as it was generated, not on one that stores have worked with since. */
export type CheckStage = 'always' | 'generated';

export interface Check {
  /** `<collection>.<what>`; stable, scripts may rely on it. */
  readonly id: CheckId;
  readonly collection: CollectionName | 'database';
  /** A few words, for a table. */
  readonly title: string;
  /** What holds when the check passes, as a sentence. */
  readonly promise: string;
  /** What to do when it fails. */
  readonly fix: string;
  readonly severity: Severity;
  readonly stage: CheckStage;
}

interface CheckText {
  readonly title: string;
  readonly promise: string;
  readonly fix: string;
  readonly severity?: Severity;
  readonly stage?: CheckStage;
}

const REGENERATE = 'Generate the data set again: `zava generate --replace`.';
const CORRECT = 'Correct the documents named here, or generate the data set again: `zava generate --replace`.';

/** The checks that more than one collection has, by the last part of their ids. */
const commonChecks = {
  count: {
    title: 'Count',
    promise:
      'There are as many documents as the manifest of the generation says; without a manifest, at least one in each collection of the data set.',
    fix: 'Load the collection again: `zava generate --replace`, or `zava import` from a complete export.',
  },
  required: { title: 'Required fields', promise: 'No document lacks a required field.', fix: CORRECT },
  types: {
    title: 'Types',
    promise:
      'Every field has the type of the data contract: no null, no BSON date where a text is meant, no Int64, Decimal128 or text where a number is meant, no array where a map is meant.',
    fix: 'Write the field again with the type named here; a tool that imports dates and 64-bit numbers as such has to be told not to.',
  },
  id: {
    title: '_id',
    promise: '`_id` equals the document’s own id field.',
    fix: 'Insert the document again under the right `_id`; it can’t be changed in place.',
  },
  id_form: { title: 'Form of ids', promise: 'Every document’s id has the form of its collection.', fix: CORRECT },
  unique: { title: 'Unique ids', promise: 'No id occurs twice.', fix: 'Remove the second document of each pair.' },
  deleted: {
    title: 'Not deleted',
    promise: 'After generation no document is hidden: `deleted` is false.',
    fix: 'Set `deleted` to false, or validate with the stage `in_use` if people hid these documents on purpose.',
    stage: 'generated',
  },
  texts: { title: 'Texts', promise: 'No required text is empty.', fix: CORRECT },
  numbers: {
    title: 'Numbers',
    promise: 'Numbers are finite, whole where they count something, and within their range.',
    fix: CORRECT,
  },
  money: {
    title: 'Money',
    promise: 'Amounts have two decimals and are not negative; prices and costs are above zero.',
    fix: CORRECT,
  },
  times: {
    title: 'Times',
    promise: 'Times are texts of one form, `2024-12-30T14:05:09Z`, and name a real instant.',
    fix: CORRECT,
  },
  time_range: {
    title: 'Range of times',
    promise: 'No time lies before the chain existed or after the end of the data set.',
    fix: CORRECT,
  },
  time_order: {
    title: 'Created before updated',
    promise: 'No document was updated before it was created.',
    fix: CORRECT,
  },
  no_arrays: {
    title: 'Maps, no arrays',
    promise:
      'No document that devices write holds an array, at any depth: two devices’ changes to an array can’t be merged.',
    fix: 'Make the array a map whose keys can be merged one by one.',
  },
} as const satisfies Record<string, CheckText>;

type CommonCheckName = keyof typeof commonChecks;

const everywhere = [
  'count',
  'required',
  'types',
  'id',
  'id_form',
  'unique',
  'deleted',
  'texts',
] as const satisfies readonly CommonCheckName[];

/** Which of the common checks a collection has beyond those that all have. */
const furtherChecks: Readonly<Record<CollectionName, readonly CommonCheckName[]>> = {
  stores: ['times', 'time_range'],
  categories: [],
  product_types: [],
  products: ['numbers', 'money', 'times', 'time_range', 'time_order'],
  product_embeddings: ['times', 'time_range'],
  customers: ['times', 'time_range', 'time_order'],
  inventory: ['numbers', 'times', 'time_range'],
  orders: ['numbers', 'money', 'times', 'time_range', 'time_order'],
  order_items: ['numbers', 'money', 'times', 'time_range'],
  stock_movements: ['numbers', 'times', 'time_range'],
  stock_transfers: [],
  replenishment_orders: [],
  alerts: ['times', 'time_range'],
};

/** What holds for one collection or for the database. */
const ownChecks = {
  'stores.rls_user_id': {
    title: 'Row-level security',
    promise: 'Each store has a row-level-security user id of its own: a UUID, and not the super manager’s.',
    fix: CORRECT,
  },
  'stores.location': {
    title: 'Location',
    promise:
      'Each store has a location: a map of address, city, state (WA), ZIP code, latitude and longitude, the online store too.',
    fix: CORRECT,
  },
  'stores.slug': {
    title: 'Id from name',
    promise: 'After generation each store’s id is the slug of its name.',
    fix: CORRECT,
    stage: 'generated',
  },
  'stores.demo_default': {
    title: 'Default store',
    promise:
      'After generation exactly one store is the default of the demo, and no other store has clearly fewer orders.',
    fix: 'Set `demo_default` to true on the store with the fewest orders and to false on the others.',
    stage: 'generated',
  },
  'categories.seasons': {
    title: 'Seasons',
    promise: 'Seasonal multipliers are a map with exactly the keys jan … dec and numbers above zero.',
    fix: CORRECT,
  },
  'categories.slug': {
    title: 'Id from name',
    promise: 'After generation each category’s id is the slug of its name.',
    fix: CORRECT,
    stage: 'generated',
  },
  'product_types.category': {
    title: 'Category exists',
    promise: 'Each product type’s category exists.',
    fix: CORRECT,
  },
  'product_types.slug': {
    title: 'Id from name',
    promise: 'After generation each product type’s id is the slug of its name and a number.',
    fix: CORRECT,
    stage: 'generated',
  },
  'products.sku_unique': { title: 'Unique SKUs', promise: 'No two products share a SKU.', fix: CORRECT },
  'products.category': { title: 'Category exists', promise: 'Each product’s category exists.', fix: CORRECT },
  'products.type': { title: 'Type exists', promise: 'Each product’s type exists.', fix: CORRECT },
  'products.type_category': {
    title: 'Type in category',
    promise: 'Each product’s type belongs to the product’s category.',
    fix: CORRECT,
  },
  'products.margin': {
    title: 'Margin',
    promise: 'base_price = cost ÷ 0.67 to the cent, and gross_margin_percent says 33.',
    fix: 'Set base_price to cost ÷ 0.67, rounded half away from zero.',
  },
  'products.no_embedding': {
    title: 'No vectors',
    promise: 'No product carries an embedding: products go to devices, embeddings never do.',
    fix: 'Move the vector to product_embeddings and remove it from the product.',
  },
  'product_embeddings.product': {
    title: 'Product exists',
    promise: 'Each embedding’s product exists.',
    fix: CORRECT,
  },
  'product_embeddings.every_product': {
    title: 'Every product once',
    promise: 'Every product has an embedding.',
    fix: 'Add the products named here again with `zava product add`, or generate the data set again.',
  },
  'product_embeddings.image_vector': {
    title: 'Image vectors',
    promise: 'Each image embedding is 512 finite numbers, not all zero.',
    fix: CORRECT,
  },
  'product_embeddings.description_vector': {
    title: 'Description vectors',
    promise: 'Each description embedding is 1,536 finite numbers, not all zero.',
    fix: CORRECT,
  },
  'customers.email': { title: 'E-mail', promise: 'Each customer has an e-mail address.', fix: CORRECT },
  'customers.email_unique': {
    title: 'Unique e-mail',
    promise: 'No two customers share an e-mail address.',
    fix: CORRECT,
  },
  'customers.phone': {
    title: 'Telephone',
    promise: 'Each customer has a telephone number of the form (206) 555-0123.',
    fix: CORRECT,
  },
  'customers.store': { title: 'Store exists', promise: 'Each customer’s primary store exists.', fix: CORRECT },
  'customers.first_order': {
    title: 'Older than first order',
    promise: 'No customer was created after the first of their orders.',
    fix: 'Set created_at to a time before the customer’s first order.',
  },
  'inventory.store': { title: 'Store exists', promise: 'Each inventory document’s store exists.', fix: CORRECT },
  'inventory.product': { title: 'Product exists', promise: 'Each inventory document’s product exists.', fix: CORRECT },
  'inventory.pair_unique': {
    title: 'Unique pairs',
    promise: 'No product has two inventory documents in one store.',
    fix: 'Keep one document of each pair.',
  },
  'inventory.every_pair': {
    title: 'Every store × product',
    promise: 'Every store has an inventory document of every product.',
    fix: REGENERATE,
  },
  'inventory.location': {
    title: 'Place on the shelf',
    promise: 'Each inventory document names its place: a map of aisle, shelf and bin, none of them empty.',
    fix: CORRECT,
  },
  'inventory.stock_not_negative': {
    title: 'Stock not negative',
    promise: 'After generation no stock level is below zero.',
    fix: CORRECT,
    stage: 'generated',
  },
  'inventory.ledger': {
    title: 'Stock equals ledger',
    promise: 'Each stock level equals the fold of its stock movements: the newest count and every movement after it.',
    fix: 'Let the stock ledger fold the movements again, or record a count for the items named here.',
  },
  'orders.customer': { title: 'Customer exists', promise: 'Each order’s customer exists.', fix: CORRECT },
  'orders.store': { title: 'Store exists', promise: 'Each order’s store exists.', fix: CORRECT },
  'orders.customer_name': {
    title: 'Copy of the name',
    promise: 'After generation each order’s customer_name is the customer’s first and last name.',
    fix: CORRECT,
    stage: 'generated',
  },
  'orders.customer_email': {
    title: 'Copy of the e-mail',
    promise: 'After generation each order’s customer_email is the customer’s e-mail address.',
    fix: CORRECT,
    stage: 'generated',
  },
  'orders.store_name': {
    title: 'Copy of the store’s name',
    promise: 'After generation each order’s store_name is the store’s name.',
    fix: CORRECT,
    stage: 'generated',
  },
  'orders.status': {
    title: 'Status',
    promise: 'Each order is completed, pending, restocked or cancelled.',
    fix: CORRECT,
  },
  'orders.date_range': {
    title: 'Order dates',
    promise: 'Each order’s date lies between START_DATE and END_DATE, and is not later than today.',
    fix: CORRECT,
  },
  'orders.items': {
    title: 'Has items',
    promise: 'No order is without items.',
    fix: 'Load order_items again, or remove the orders named here.',
  },
  'orders.item_count': {
    title: 'Item count',
    promise: 'Each order’s item_count is the number of its items.',
    fix: CORRECT,
  },
  'orders.subtotal': {
    title: 'Subtotal',
    promise: 'Each order’s subtotal is the sum of its items’ line totals.',
    fix: CORRECT,
  },
  'orders.discount_total': {
    title: 'Discount total',
    promise: 'Each order’s discount_total is the sum of its items’ discounts.',
    fix: CORRECT,
  },
  'orders.tax': { title: 'Tax', promise: 'Each order’s tax is 9.5 % of its subtotal, to the cent.', fix: CORRECT },
  'orders.total': { title: 'Total', promise: 'Each order’s total is its subtotal plus its tax.', fix: CORRECT },
  'order_items.order': {
    title: 'Order exists',
    promise: 'Each item’s order exists.',
    fix: 'Load orders again, or remove the items named here.',
  },
  'order_items.product': { title: 'Product exists', promise: 'Each item’s product exists.', fix: CORRECT },
  'order_items.store_copy': {
    title: 'Copy of the store',
    promise: 'Each item’s store_id is its order’s: devices subscribe by it.',
    fix: CORRECT,
  },
  'order_items.date_copy': {
    title: 'Copy of the date',
    promise: 'Each item’s order_date is its order’s: devices subscribe by it.',
    fix: CORRECT,
  },
  'order_items.sku_copy': {
    title: 'Copy of the SKU',
    promise: 'After generation each item’s sku is its product’s.',
    fix: CORRECT,
    stage: 'generated',
  },
  'order_items.product_name_copy': {
    title: 'Copy of the product’s name',
    promise: 'After generation each item’s product_name is its product’s.',
    fix: CORRECT,
    stage: 'generated',
  },
  'order_items.unit_price': {
    title: 'Unit price',
    promise: 'After generation each unit price is within 20 % of its product’s base price.',
    fix: CORRECT,
    stage: 'generated',
  },
  'order_items.discount': {
    title: 'Discount',
    promise: 'Each item’s discount_amount is its discount_percent of quantity × unit_price, to the cent.',
    fix: CORRECT,
  },
  'order_items.line_total': {
    title: 'Line total',
    promise: 'Each item’s line_total is quantity × unit_price − discount_amount.',
    fix: CORRECT,
  },
  'stock_movements.kind': {
    title: 'Kind',
    promise: 'Each movement is a sale, return, receipt, transfer_out, transfer_in, adjustment or count.',
    fix: CORRECT,
  },
  'stock_movements.inventory': {
    title: 'Inventory exists',
    promise: 'Each movement’s inventory document exists.',
    fix: CORRECT,
  },
  'stock_movements.copies': {
    title: 'Copies of the inventory',
    promise: 'Each movement’s store_id and product_id are its inventory document’s.',
    fix: CORRECT,
  },
  'stock_movements.sign': {
    title: 'Sign',
    promise:
      'Sales and transfers out have a negative quantity, returns, receipts and transfers in a positive one, and no count is below zero.',
    fix: CORRECT,
  },
  'stock_movements.cause': {
    title: 'Cause exists',
    promise: 'The order, transfer or replenishment that a movement names as its cause exists.',
    fix: CORRECT,
  },
  'stock_transfers.stores': {
    title: 'Stores exist',
    promise: 'Each transfer goes from one existing store to another one.',
    fix: CORRECT,
  },
  'stock_transfers.lines': {
    title: 'Lines',
    promise: 'Each transfer’s lines are a map of existing products to units of at least one.',
    fix: CORRECT,
  },
  'stock_transfers.status': {
    title: 'Status',
    promise: 'Each transfer is requested, in_transit, received or cancelled.',
    fix: CORRECT,
  },
  'stock_transfers.steps': {
    title: 'Steps',
    promise: 'Each step of a transfer says when and by whom.',
    fix: CORRECT,
  },
  'replenishment_orders.store': {
    title: 'Store exists',
    promise: 'Each replenishment order’s store exists.',
    fix: CORRECT,
  },
  'replenishment_orders.lines': {
    title: 'Lines',
    promise: 'Each replenishment order’s lines are a map of existing products to units ordered and received.',
    fix: CORRECT,
  },
  'replenishment_orders.status': {
    title: 'Status',
    promise: 'Each replenishment order is placed, shipped, partly_received, received or cancelled.',
    fix: CORRECT,
  },
  'replenishment_orders.steps': {
    title: 'Steps',
    promise: 'Each step of a replenishment order says when and by whom.',
    fix: CORRECT,
  },
  'alerts.kind': {
    title: 'Kind',
    promise: 'Each alert is low_stock, oversold, rejected_change or conflict.',
    fix: CORRECT,
  },
  'alerts.store': { title: 'Store exists', promise: 'Each alert’s store exists.', fix: CORRECT },
  'alerts.subjects': {
    title: 'Subjects',
    promise: 'Each alert’s subjects are a map of id fields to ids.',
    fix: CORRECT,
  },
  'alerts.severity': { title: 'Severity', promise: 'Each alert is info, warning or critical.', fix: CORRECT },
  'alerts.state': { title: 'State', promise: 'Each alert is open, acknowledged or resolved.', fix: CORRECT },
  'database.collections': {
    title: 'Collections',
    promise: 'All nine collections of the data set exist.',
    fix: 'Load the data set: `zava generate --replace`.',
  },
  'database.run': {
    title: 'Loading finished',
    promise: 'The run that filled this database, by generation or import, came to its end.',
    fix: 'Run the command that was interrupted again (it goes on where it was), or start over with `--replace`.',
  },
  'database.indexes': {
    title: 'Indexes',
    promise: 'Every index of the index table exists.',
    fix: 'Create them: `zava indexes create`.',
  },
  'database.index_options': {
    title: 'Index options',
    promise: 'Every index has the keys and the options of the index table: unique where it says so, text weights.',
    fix: 'Drop the indexes named here and create them again: `zava indexes drop`, then `zava indexes create`.',
  },
  'database.index_use': {
    title: 'Index use',
    promise: '`explain` shows that the standard queries read through the index that was made for them.',
    fix: 'Create the missing indexes: `zava indexes create`. If they all exist, update the statistics of the server or remove the index that was chosen instead.',
  },
  'database.change_streams': {
    title: 'Change streams',
    promise: 'Every synced collection keeps pre- and post-images of its changes.',
    fix: 'Turn them on: `zava change-streams enable`.',
  },
  'database.summaries': {
    title: 'Summaries',
    promise: 'Every month of `monthly_sales` that claims to be exact says what its orders and items say.',
    fix: 'Make them anew: `zava summaries rebuild`.',
  },
  'database.embeddings_not_synced': {
    title: 'Embeddings stay here',
    promise: 'product_embeddings keeps no pre- and post-images: nothing of it is ever sent to a device.',
    fix: 'Turn them off for product_embeddings: `collMod` with changeStreamPreAndPostImages: { enabled: false }.',
  },
} as const satisfies Record<`${CollectionName | 'database'}.${string}`, CheckText>;

export type CheckId = `${CollectionName}.${CommonCheckName}` | keyof typeof ownChecks;

const check = (id: CheckId, collection: Check['collection'], text: CheckText): Check => ({
  id,
  collection,
  title: text.title,
  promise: text.promise,
  fix: text.fix,
  severity: text.severity ?? 'error',
  stage: text.stage ?? 'always',
});

const commonOf = (collection: CollectionName): readonly CommonCheckName[] => [
  // An embedding's id is its product's: whether that exists is a check of its own.
  ...everywhere.filter((name) => !(collection === 'product_embeddings' && name === 'id_form')),
  ...furtherChecks[collection],
  ...(syncedCollectionNames.includes(collection) ? (['no_arrays'] as const) : []),
];

const ownOf = (collection: Check['collection']): Check[] =>
  Object.entries(ownChecks)
    .filter(([id]) => id.startsWith(`${collection}.`))
    .map(([id, text]) => check(id as CheckId, collection, text));

/** All checks, collection by collection, in the order of a report. */
export const checks: readonly Check[] = [
  ...collectionNames.flatMap((collection) => [
    ...commonOf(collection).map((name) => check(`${collection}.${name}`, collection, commonChecks[name])),
    ...ownOf(collection),
  ]),
  ...ownOf('database'),
];

export const checksById: ReadonlyMap<CheckId, Check> = new Map(checks.map((each) => [each.id, each]));
