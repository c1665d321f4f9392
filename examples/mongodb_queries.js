// What the data of Zava can be asked, and how: from a look-up by index to search by meaning, transactions and change
// streams. Runs top to bottom in mongosh on any loaded Zava database, and leaves its data as it was:
//
//   npx mongosh "mongodb://127.0.0.1:27017/zava?directConnection=true" examples/mongodb_queries.js
//
// Four things to know about the data, for queries of your own:
// - Times are ISO 8601 text in UTC of one precision ('2026-11-21T16:04:09Z'), so they sort and compare as text, also on
//   a device. The first 10 letters are the day, the first 7 the month.
// - Nothing is removed: `deleted: true` hides a document.
// - Cancelled orders are not sales.
// - `subtotal` is what was sold, before tax; money is a number with two decimals.

const NOT_CANCELLED = { status: { $ne: 'cancelled' }, deleted: false };
const ONE_DAY_MS = 86_400_000;

const newestOrder = db.orders.find({ deleted: false }).sort({ order_date: -1 }).limit(1).next();
if (newestOrder === null) {
  print(`The database "${db.getName()}" holds no orders. Name a loaded one in the connection string: …/zava?…`);
  quit(1);
}

function heading(title) {
  print(`\n── ${title} ──`);
}

/** Numbers with two decimals: a sum of doubles may end in …000001. */
function show(rows) {
  const tidy = (value) => (typeof value === 'number' ? Math.round(value * 100) / 100 : value);
  console.table(rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, tidy(value)]))));
}

/** What a query costs. A good plan names an index, and looks at about as many documents as it returns. */
function showPlan(explainable) {
  const { queryPlanner, executionStats } = explainable.explain('executionStats');
  const indexes = [...JSON.stringify(queryPlanner.winningPlan).matchAll(/"indexName":"(\w+)"/g)].map(
    ([, name]) => name,
  );
  const { nReturned, totalKeysExamined, totalDocsExamined } = executionStats;
  print(
    `Plan: ${indexes.join(' + ') || 'NO INDEX'}; ${totalKeysExamined} keys, ${totalDocsExamined} documents → ${nReturned}`,
  );
}

/** "Recently" counts from the newest order, not from the clock: the data set may end before or after today. */
function daysBeforeNewestOrder(days) {
  return `${new Date(Date.parse(newestOrder.order_date) - days * ONE_DAY_MS).toISOString().slice(0, 19)}Z`;
}

// ── Reads, each by an index ──────────────────────────────────────────────────────────────────────────────────────────

heading('An order with its items and its customer');
// Two small look-ups by index beat a $lookup when you want one order; copies of the customer's name are in the order.
printjson(db.orders.findOne({ order_id: newestOrder.order_id }, { _id: 0, order_id: 1, customer_name: 1, total: 1 }));
const lineFields = { _id: 0, sku: 1, product_name: 1, quantity: 1, line_total: 1 };
const itemsOfOrder = () => db.order_items.find({ order_id: newestOrder.order_id }, lineFields);
show(itemsOfOrder().toArray());
showPlan(itemsOfOrder());

heading('The newest orders of a store');
// idx_store_orders holds (store_id, order_date −1): it finds the store and comes in the right order, so nothing is sorted
// and reading ends at the limit.
const orderFields = { _id: 0, order_id: 1, order_date: 1, status: 1, total: 1 };
const newestOfStore = () =>
  db.orders.find({ store_id: newestOrder.store_id }, orderFields).sort({ order_date: -1 }).limit(5);
const firstPage = newestOfStore().toArray();
show(firstPage);
showPlan(newestOfStore());

heading('The next page');
// Go on behind the last row that was shown: skip() would read and throw away every page before. Of orders of the same
// second some may have been shown and others not.
const lastShown = firstPage.at(-1);
const shownOfThatSecond = firstPage.filter((order) => order.order_date === lastShown.order_date);
const nextPage = () =>
  db.orders
    .find(
      {
        store_id: newestOrder.store_id,
        order_date: { $lte: lastShown.order_date },
        order_id: { $nin: shownOfThatSecond.map((order) => order.order_id) },
      },
      orderFields,
    )
    .sort({ order_date: -1 })
    .limit(5)
    .hint('idx_store_orders'); // else the planner may read by date alone, past the orders of all other stores
show(nextPage().toArray());
showPlan(nextPage());

const letters = newestOrder.customer_name.split(' ').at(-1).slice(0, 2);
heading(`Customers whose last name begins with "${letters}"`);
// A range reads just its part of the index. So would /^Mc/; /mc/i would have to look at every name.
const nameFields = { _id: 0, customer_id: 1, last_name: 1, first_name: 1, primary_store_id: 1 };
const byName = () =>
  db.customers
    .find({ last_name: { $gte: letters, $lt: `${letters}\uffff` } }, nameFields)
    .sort({ last_name: 1, first_name: 1 })
    .limit(5);
show(byName().toArray());
showPlan(byName());

// ── Text search ──────────────────────────────────────────────────────────────────────────────────────────────────────

heading('Products by words: hammer');
// The index weighs the name 10 and the description 5, and knows word stems: "hammers" finds the same.
const byWords = { $text: { $search: 'hammer' }, deleted: false };
const score = { $meta: 'textScore' };
const productFields = { _id: 0, product_id: 1, product_name: 1, base_price: 1, score };
const found = db.products.find(byWords, productFields).sort({ score }).limit(5).toArray();
show(found);

heading('Facets of that search: categories and prices');
const [facets] = db.products
  .aggregate([
    { $match: byWords },
    {
      $facet: {
        categories: [{ $sortByCount: '$category_id' }],
        prices: [{ $bucket: { groupBy: '$base_price', boundaries: [0, 10, 25, 50, 100], default: '100 and more' } }],
      },
    },
  ])
  .toArray();
show(facets.categories);
show(facets.prices);

// ── Sales ────────────────────────────────────────────────────────────────────────────────────────────────────────────

heading('Sales by store');
show(
  db.orders
    .aggregate([
      { $match: NOT_CANCELLED },
      { $group: { _id: '$store_name', orders: { $sum: 1 }, sales: { $sum: '$subtotal' } } },
      { $sort: { sales: -1 } },
      {
        $replaceWith: { store: '$_id', orders: '$orders', sales: '$sales', basket: { $divide: ['$sales', '$orders'] } },
      },
    ])
    .toArray(),
);

heading('Sales by month, the last twelve: running total, average of three months, against the year before');
// Window functions: each month sees its neighbours, without joining the table to itself. The last month is not over.
show(
  db.orders
    .aggregate([
      { $match: NOT_CANCELLED },
      { $group: { _id: { $substrBytes: ['$order_date', 0, 7] }, sales: { $sum: '$subtotal' } } },
      { $set: { year: { $substrBytes: ['$_id', 0, 4] } } },
      {
        $setWindowFields: {
          partitionBy: '$year',
          sortBy: { _id: 1 },
          output: { year_so_far: { $sum: '$sales', window: { documents: ['unbounded', 'current'] } } },
        },
      },
      {
        $setWindowFields: {
          sortBy: { _id: 1 },
          output: {
            three_months: { $avg: '$sales', window: { documents: [-2, 'current'] } },
            year_before: { $shift: { output: '$sales', by: -12 } },
          },
        },
      },
      { $sort: { _id: -1 } },
      { $limit: 12 },
      { $project: { sales: 1, year_so_far: 1, three_months: 1, year_before: 1 } },
    ])
    .toArray(),
);

heading('Sales by category, the last 90 days');
// Sum first, join afterwards: $lookup then runs once a product, not once for each of the items.
show(
  db.order_items
    .aggregate([
      { $match: { order_date: { $gte: daysBeforeNewestOrder(90) }, deleted: false } },
      { $group: { _id: '$product_id', units: { $sum: '$quantity' }, sales: { $sum: '$line_total' } } },
      { $lookup: { from: 'products', localField: '_id', foreignField: 'product_id', as: 'product' } },
      { $group: { _id: { $first: '$product.category_id' }, units: { $sum: '$units' }, sales: { $sum: '$sales' } } },
      { $lookup: { from: 'categories', localField: '_id', foreignField: 'category_id', as: 'category' } },
      { $sort: { sales: -1 } },
      { $replaceWith: { category: { $first: '$category.category_name' }, units: '$units', sales: '$sales' } },
    ])
    .toArray(),
);

heading('The best seller of each category, the last 90 days');
show(
  db.order_items
    .aggregate([
      { $match: { order_date: { $gte: daysBeforeNewestOrder(90) }, deleted: false } },
      { $group: { _id: '$product_id', name: { $first: '$product_name' }, units: { $sum: '$quantity' } } },
      { $lookup: { from: 'products', localField: '_id', foreignField: 'product_id', as: 'product' } },
      {
        $group: {
          _id: { $first: '$product.category_id' },
          // $top keeps one document of each group; sorting all of them is not needed.
          best: { $top: { sortBy: { units: -1, _id: 1 }, output: { name: '$name', units: '$units' } } },
        },
      },
      { $sort: { _id: 1 } },
      { $replaceWith: { category_id: '$_id', product: '$best.name', units: '$best.units' } },
    ])
    .toArray(),
);

heading('What is bought together with a product');
// Its newest 500 lines say enough: from them to the orders, from the orders to the other lines, each by an index.
const [{ _id: bestSeller }] = db.order_items
  .aggregate([
    { $match: { order_date: { $gte: daysBeforeNewestOrder(90) } } },
    { $group: { _id: '$product_id', units: { $sum: '$quantity' } } },
    { $sort: { units: -1, _id: 1 } },
    { $limit: 1 },
  ])
  .toArray();
print(`With ${db.products.findOne({ product_id: bestSeller }).product_name} (${bestSeller}):`);
show(
  db.order_items
    .aggregate([
      { $match: { product_id: bestSeller } },
      { $sort: { order_date: -1 } }, // idx_product_date has this order already
      { $limit: 500 },
      { $lookup: { from: 'order_items', localField: 'order_id', foreignField: 'order_id', as: 'line' } },
      { $unwind: '$line' },
      { $match: { $expr: { $ne: ['$line.product_id', bestSeller] } } },
      { $group: { _id: '$line.product_id', product: { $first: '$line.product_name' }, orders: { $sum: 1 } } },
      { $sort: { orders: -1, _id: 1 } },
      { $limit: 5 },
      { $project: { _id: 0, product: 1, orders: 1 } },
    ])
    .toArray(),
);

// ── Customers ────────────────────────────────────────────────────────────────────────────────────────────────────────

heading('The ten most valuable customers');
show(
  db.orders
    .aggregate([
      { $match: NOT_CANCELLED },
      {
        $group: {
          _id: '$customer_id',
          name: { $last: '$customer_name' },
          orders: { $sum: 1 },
          lifetime_value: { $sum: '$subtotal' },
          last_order: { $max: '$order_date' },
        },
      },
      { $sort: { lifetime_value: -1, _id: 1 } },
      { $limit: 10 },
      { $project: { name: 1, orders: 1, lifetime_value: 1, last_order: 1 } },
    ])
    .toArray(),
);

heading('Customers by recency, frequency and money (RFM)');
// Each customer gets a place in three lists; a fifth of all who bought is one point. $documentNumber and a $count over all
// are a "ntile(5)", which MongoDB doesn't have.
const points = (place) => ({ $ceil: { $divide: [{ $multiply: [place, 5] }, '$buyers'] } });
const placeBy = (field, name) => ({
  $setWindowFields: { sortBy: { [field]: 1 }, output: { [name]: { $documentNumber: {} }, buyers: { $count: {} } } },
});
show(
  db.orders
    .aggregate([
      { $match: NOT_CANCELLED },
      {
        $group: {
          _id: '$customer_id',
          last: { $max: '$order_date' },
          orders: { $sum: 1 },
          sales: { $sum: '$subtotal' },
        },
      },
      placeBy('last', 'by_recency'),
      placeBy('orders', 'by_frequency'),
      placeBy('sales', 'by_money'),
      { $set: { recency: points('$by_recency'), frequency: points('$by_frequency'), money: points('$by_money') } },
      {
        $set: {
          segment: {
            $cond: [
              { $gte: [{ $min: ['$recency', '$frequency', '$money'] }, 4] },
              'champions',
              {
                $cond: [
                  { $gte: ['$recency', 3] },
                  { $cond: [{ $gte: ['$frequency', 4] }, 'loyal', 'promising'] },
                  { $cond: [{ $gte: ['$frequency', 3] }, 'at risk', 'sleeping'] },
                ],
              },
            ],
          },
        },
      },
      { $group: { _id: '$segment', customers: { $sum: 1 }, sales: { $sum: '$sales' } } },
      { $sort: { sales: -1 } },
      { $project: { customers: 1, sales: 1 } },
    ])
    .toArray(),
);

// ── Stock ────────────────────────────────────────────────────────────────────────────────────────────────────────────

heading('What runs low');
// An index can't compare two fields of one document: $expr is checked on what the index of the store has found.
show(
  db.inventory
    .aggregate([
      { $match: { store_id: newestOrder.store_id, $expr: { $lte: ['$stock_level', '$reorder_threshold'] } } },
      { $sort: { stock_level: 1, product_id: 1 } },
      { $limit: 5 },
      { $lookup: { from: 'products', localField: 'product_id', foreignField: 'product_id', as: 'product' } },
      {
        $replaceWith: {
          product: { $first: '$product.product_name' },
          aisle: '$location.aisle',
          stock_level: '$stock_level',
          reorder_threshold: '$reorder_threshold',
          reorder_quantity: '$reorder_quantity',
        },
      },
    ])
    .toArray(),
);

heading('Where a product can be had');
const stockFields = { _id: 0, store_id: 1, stock_level: 1, aisle: '$location.aisle', shelf: '$location.shelf' };
const inStores = () =>
  db.inventory.find({ product_id: bestSeller, stock_level: { $gt: 0 } }, stockFields).sort({ stock_level: -1 });
show(inStores().toArray());
showPlan(inStores());

// ── Search by meaning ────────────────────────────────────────────────────────────────────────────────────────────────

heading('Products like this one, by their vectors');
// The product's own vector is the question. Vectors of different models mean nothing to each other: keep to its model.
const asked = db.product_embeddings.findOne({ product_id: found[0].product_id });
try {
  show(
    db.product_embeddings
      .aggregate([
        {
          $vectorSearch: {
            index: 'vector_description_search',
            path: 'description_embedding',
            queryVector: asked.description_embedding,
            filter: { embedding_model: asked.embedding_model }, // only fields that the index names as filters
            numCandidates: 100, // looked at by the approximate index: 10 to 20 times the limit finds nearly all of the best
            limit: 6,
          },
        },
        { $lookup: { from: 'products', localField: 'product_id', foreignField: 'product_id', as: 'product' } },
        // 1 is the same, 0.5 has nothing to do with it.
        {
          $project: { _id: 0, product: { $first: '$product.product_name' }, likeness: { $meta: 'vectorSearchScore' } },
        },
      ])
      .toArray(),
  );
} catch (error) {
  print(`Not here: ${error.message}. Atlas and the embedded server have vector search.`);
}

// ── Writes, in a collection of their own ─────────────────────────────────────────────────────────────────────────────

const scratch = db.getCollection('examples_scratch');
scratch.drop();
scratch.createIndex({ sku: 1 }, { unique: true });
scratch.insertMany([
  { _id: 'prod_a', sku: 'EX-1', base_price: 10, specifications: { colour: 'red', length_mm: 300 }, deleted: false },
  { _id: 'prod_b', sku: 'EX-2', base_price: 20, specifications: { colour: 'blue' }, deleted: false },
]);
const changes = scratch.watch([], { fullDocument: 'updateLookup' });

heading('Updates that touch only what they change');
// Two people who change different fields of one document both keep their work: set fields, never whole documents.
scratch.updateOne({ _id: 'prod_a' }, { $set: { 'specifications.colour': 'green' }, $inc: { base_price: 1.5 } });
scratch.updateOne({ _id: 'prod_b' }, [{ $set: { base_price: { $round: [{ $multiply: ['$base_price', 0.9] }, 2] } } }]);
scratch.updateOne(
  { _id: 'prod_c' },
  { $setOnInsert: { sku: 'EX-3', deleted: false }, $set: { base_price: 5 } },
  { upsert: true },
);
scratch.updateOne({ _id: 'prod_c' }, { $set: { deleted: true } }); // hidden, not removed: devices hear of it as of any change
show(
  scratch
    .find()
    .sort({ _id: 1 })
    .toArray()
    .map(({ specifications, ...one }) => ({ ...one, ...specifications })),
);

heading('A second product with the same SKU is refused');
try {
  scratch.insertOne({ _id: 'prod_d', sku: 'EX-1' });
} catch (error) {
  print(
    `${error.code} ${error.codeName ?? 'DuplicateKey'}: ${JSON.stringify(error.errorResponse?.keyValue ?? error.keyValue)}`,
  );
}

heading('A transaction: all or nothing');
const session = db.getMongo().startSession();
const inSession = session.getDatabase(db.getName());
session.startTransaction();
inSession.getCollection('examples_scratch').updateOne({ _id: 'prod_a' }, { $set: { base_price: 0 } });
inSession.getCollection('examples_scratch').updateOne({ _id: 'prod_b' }, { $set: { base_price: 0 } });
session.abortTransaction();
print(`Taken back: ${scratch.countDocuments({ base_price: 0 })} products for nothing.`);
// withTransaction() commits, and begins again by itself when another transaction was faster.
session.withTransaction(() => {
  inSession.getCollection('examples_scratch').updateMany({}, { $set: { checked: true } });
});
session.endSession();
print(`Committed: ${scratch.countDocuments({ checked: true })} products checked.`);

heading('What the change stream saw meanwhile');
// Every change once, in one order; `_id` is the token with which a program goes on after a restart (resumeAfter). The
// transaction that was taken back is not in it.
const seen = [];
const waitUntilMs = Date.now() + 5_000; // tryNext() doesn't wait: a change may be on its way
while (seen.length < 7 && Date.now() < waitUntilMs) {
  const change = changes.tryNext();
  if (change === null) continue;
  const fields = change.updateDescription?.updatedFields ?? change.fullDocument;
  seen.push({ change: change.operationType, of: change.documentKey._id, fields: Object.keys(fields).join(', ') });
}
changes.close();
show(seen);

scratch.drop();
print('\nDone. The data is as it was.');
