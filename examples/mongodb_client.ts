/**
 * MongoDB's Node driver on Zava's data: connecting, reads and writes, aggregation, vector search, batches, errors and
 * retries, transactions, change streams. Needs the package `mongodb` and nothing else of this repository:
 *
 *   npx tsx examples/mongodb_client.ts "mongodb://127.0.0.1:27017/zava?directConnection=true"
 *
 * Without the address it takes MONGODB_CONNECTION_STRING, and then the one above, where `npm start` has its database. All
 * that it writes stands in a collection of its own, which it drops at the end.
 */
import {
  type ChangeStreamDocument,
  type Collection,
  type Db,
  MongoBulkWriteError,
  MongoClient,
  MongoError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb';

const DEFAULT_ADDRESS = 'mongodb://127.0.0.1:27017/zava?directConnection=true';
const APP_NAME = 'zava-example';
const DUPLICATE_KEY = 11000;
const MAX_TIME_EXPIRED = 50;

/** The driver checks filters and updates against these; ids are text, so `_id` is `string` and not ObjectId. */
interface Reservation {
  _id: string;
  product_id: string;
  store_id: string;
  units: number;
  note?: string;
}

interface Order {
  _id: string;
  order_id: string;
  store_id: string;
  order_date: string;
  status: string;
  subtotal: number;
}

interface ProductEmbedding {
  _id: string;
  product_id: string;
  embedding_model: string;
  description_embedding: number[];
}

// ── Connecting ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** One client for the whole program: it holds a pool of connections, and reconnects by itself. */
const client = new MongoClient(process.argv[2] ?? process.env['MONGODB_CONNECTION_STRING'] ?? DEFAULT_ADDRESS, {
  appName: APP_NAME, // shows up in the server's log, in Atlas and in `currentOp`
  serverSelectionTimeoutMS: 5_000, // the default of 30 s is long for whoever waits at a counter
  connectTimeoutMS: 5_000,
  maxPoolSize: 10, // so many operations at once; others wait for their turn …
  waitQueueTimeoutMS: 5_000, // … but not for ever
  // Left as they are, on purpose: `retryReads` and `retryWrites` (the driver repeats an operation once after a network
  // error, and the server sees to it that a write counts once), and write concern "majority".
});

try {
  await client.connect(); // not needed, but fails here and now instead of at the first question
  await runAll(client.db());
} catch (error) {
  if (!(error instanceof MongoError)) throw error; // our own mistake: show where
  console.error(`${error.name}: ${error.message}`);
  console.error('Is the database running? Start it with `npm start`, or name another one as the first word.');
  process.exitCode = 1;
} finally {
  await client.close(); // else its connections keep the program alive
}

async function runAll(db: Db): Promise<void> {
  const newest = await db.collection<Order>('orders').findOne({ deleted: false }, { sort: { order_date: -1 } });
  if (newest === null) {
    console.error(`The database "${db.databaseName}" holds no orders. Name a loaded one in the address: …/zava?…`);
    process.exitCode = 1;
    return;
  }
  const scratch = db.collection<Reservation>('examples_client');
  await scratch.drop();
  try {
    await scratch.createIndex({ store_id: 1, product_id: 1 }, { unique: true, name: 'one_per_product' });
    await readAndWrite(scratch);
    await aggregate(db, newest);
    await searchByMeaning(db);
    await writeInBatches(scratch);
    await meetErrors(db, scratch);
    await cutTheNetwork(db, scratch);
    await transact(scratch);
    await watchAndResume(scratch);
  } finally {
    await scratch.drop();
  }
}

function show(title: string, ...facts: readonly unknown[]): void {
  console.log(`${title}:`, ...facts.map((fact) => (typeof fact === 'string' ? fact : JSON.stringify(fact))));
}

// ── Reads and writes ─────────────────────────────────────────────────────────────────────────────────────────────────

async function readAndWrite(reservations: Collection<Reservation>): Promise<void> {
  await reservations.insertOne({ _id: 'res_1', product_id: 'prod_1', store_id: 'store_seattle', units: 2 });
  // Set fields, never whole documents: what a colleague has changed in other fields stays.
  await reservations.updateOne({ _id: 'res_1' }, { $set: { note: 'picked up at noon' }, $inc: { units: 1 } });
  // Read and change in one step: of two programs that ask at once, one gets the reservation.
  const taken = await reservations.findOneAndUpdate(
    { _id: 'res_1', units: { $gte: 3 } },
    { $inc: { units: -3 } },
    { returnDocument: 'after' },
  );
  show('Taken', taken);
  // An upsert may be sent again without harm.
  const upsert = { $set: { units: 5 } };
  const place = { _id: 'res_2', product_id: 'prod_2', store_id: 'store_seattle' };
  const first = await reservations.updateOne(place, upsert, { upsert: true });
  const again = await reservations.updateOne(place, upsert, { upsert: true });
  show('Upsert', { made: first.upsertedCount, again: again.upsertedCount });
  const { deletedCount } = await reservations.deleteOne({ _id: 'res_1' });
  // Only the fields that are needed, a limit, and a cursor that is read document by document: memory stays small.
  const found: Pick<Reservation, 'product_id' | 'units'>[] = [];
  for await (const one of reservations.find({ units: { $gt: 0 } }, { limit: 100 }).project<(typeof found)[number]>({
    _id: 0,
    product_id: 1,
    units: 1,
  })) {
    found.push(one);
  }
  show('Left', found, `${deletedCount} deleted`);
}

// ── Aggregation ──────────────────────────────────────────────────────────────────────────────────────────────────────

async function aggregate(db: Db, newest: Order): Promise<void> {
  interface Row {
    readonly store: string;
    readonly orders: number;
    readonly sales: number;
  }
  const month = newest.order_date.slice(0, 7); // times are ISO text: the first 7 letters are the month
  const rows = await db
    .collection<Order>('orders')
    .aggregate<Row>(
      [
        { $match: { order_date: { $gte: month }, status: { $ne: 'cancelled' }, deleted: false } },
        { $group: { _id: '$store_id', orders: { $sum: 1 }, sales: { $sum: '$subtotal' } } },
        { $replaceWith: { store: '$_id', orders: '$orders', sales: { $round: ['$sales', 2] } } },
        { $sort: { sales: -1, store: 1 } },
      ],
      { maxTimeMS: 10_000, comment: 'sales of the month' }, // a comment is seen in the server's log
    )
    .toArray();
  show(`Sales of ${month}`, rows);
}

async function searchByMeaning(db: Db): Promise<void> {
  const embeddings = db.collection<ProductEmbedding>('product_embeddings');
  const asked = await embeddings.findOne({}, { sort: { product_id: 1 } });
  if (asked === null) return show('Like it', 'no product has a vector');
  const like = embeddings.aggregate([
    {
      $vectorSearch: {
        index: 'vector_description_search',
        path: 'description_embedding',
        queryVector: asked.description_embedding, // of a text: ask the model that made the stored vectors …
        filter: { embedding_model: asked.embedding_model }, // … for those of others can't be compared with it
        numCandidates: 100,
        limit: 4,
      },
    },
    { $lookup: { from: 'products', localField: 'product_id', foreignField: 'product_id', as: 'product' } },
    { $project: { _id: 0, product: { $first: '$product.product_name' }, likeness: { $meta: 'vectorSearchScore' } } },
  ]);
  try {
    show('Like it', await like.toArray());
  } catch (error) {
    if (!(error instanceof MongoServerError)) throw error;
    show('Like it', `not here: ${error.message}. Atlas and the embedded server have vector search`);
  }
}

// ── Batches ──────────────────────────────────────────────────────────────────────────────────────────────────────────

async function writeInBatches(reservations: Collection<Reservation>): Promise<void> {
  const batch = [1, 2, 3, 4].map((number) => ({
    insertOne: {
      document: { _id: `batch_${number}`, product_id: `prod_${number}`, store_id: 'store_tacoma', units: number },
    },
  }));
  const [second] = batch.slice(1);
  if (second !== undefined) second.insertOne.document.product_id = 'prod_1'; // one per product: this will be refused
  // Ordered, the default: stops at the first fault. Right when later writes build on earlier ones.
  show('Ordered', await partly(() => reservations.bulkWrite(batch, { ordered: true })));
  await reservations.deleteMany({ store_id: 'store_tacoma' });
  // Unordered: does all that can be done, and tells the rest. Right, and faster, for a load.
  show('Unordered', await partly(() => reservations.bulkWrite(batch, { ordered: false })));
}

/** A batch that fails has done a part: the error holds what, and which of the operations failed why. */
async function partly(write: () => Promise<{ insertedCount: number }>) {
  try {
    return { inserted: (await write()).insertedCount, failed: [] };
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError)) throw error;
    const faults = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors];
    return { inserted: error.insertedCount, failed: faults.map(({ index, code }) => ({ operation: index, code })) };
  }
}

// ── Errors and retries ───────────────────────────────────────────────────────────────────────────────────────────────

async function meetErrors(db: Db, reservations: Collection<Reservation>): Promise<void> {
  try {
    await reservations.insertOne({ _id: 'res_9', product_id: 'prod_2', store_id: 'store_seattle', units: 1 });
  } catch (error) {
    // Judge by the code, never by the message; and let through what you don't know.
    if (!(error instanceof MongoServerError) || error.code !== DUPLICATE_KEY) throw error;
    show('Refused', { code: error.code, key: error['keyValue'] });
  }
  try {
    // A question that takes long: each document counts to a hundred thousand.
    const counting = { $sum: { $map: { input: { $range: [0, 100_000] }, in: '$$this' } } };
    await db
      .collection('inventory')
      .aggregate([{ $project: { counting } }], { maxTimeMS: 20 })
      .toArray();
  } catch (error) {
    // maxTimeMS ends the work in the server. A time-out of the client alone would leave it going.
    if (!(error instanceof MongoServerError) || error.code !== MAX_TIME_EXPIRED) throw error;
    show('Took too long', { code: error.code, name: error.codeName });
  }
}

function waitMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * For longer troubles than the one retry of the driver: the same operation again, with growing pauses. Only for operations that
 * may be sent twice: reads, `$set`, upserts, inserts with an `_id` of one's own (where 11000 then means: it was there).
 */
async function withRetries<Result>(operation: () => Promise<Result>, triesMax = 5): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await operation();
    } catch (error) {
      const mayPass =
        error instanceof MongoNetworkError || // also where the answer alone was lost
        error instanceof MongoServerSelectionError || // no server just now: an election, a restart
        (error instanceof MongoError && error.hasErrorLabel('RetryableWriteError'));
      if (!mayPass || tries === triesMax) throw error;
      show('Again', `${error.name} after try ${tries}`);
      await waitMs(2 ** tries * 25 * (0.5 + Math.random())); // by chance: else all clients come back at once
    }
  }
}

/** Makes the server cut the connection at the next inserts of this program, where it can be asked to. */
async function cutTheNetwork(db: Db, reservations: Collection<Reservation>): Promise<void> {
  const admin = db.client.db('admin');
  try {
    const data = { failCommands: ['insert'], closeConnection: true, appName: APP_NAME };
    await admin.command({ configureFailPoint: 'failCommand', mode: { times: 3 }, data });
  } catch {
    return show('Again', 'this server cuts no connection on request: the embedded server does, and mongod for tests');
  }
  try {
    // Three cuts: the driver repeats the first try by itself, which is cut too; our own loop does the rest.
    const document = { _id: 'res_3', product_id: 'prod_3', store_id: 'store_seattle', units: 1 };
    const { insertedId } = await withRetries(() => reservations.insertOne(document));
    show('Inserted after all', `${insertedId}, ${await reservations.countDocuments({ _id: 'res_3' })} of it`);
  } finally {
    await admin.command({ configureFailPoint: 'failCommand', mode: 'off' });
  }
}

// ── Transactions ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** Two at once that take from the same reservation: one of them meets a conflict, and withTransaction begins it again. */
async function transact(reservations: Collection<Reservation>): Promise<void> {
  let begun = 0;
  const move = (units: number) =>
    client.withSession((session) =>
      session.withTransaction(
        async () => {
          begun++; // runs once for each try: do nothing in here that a roll-back can't undo
          // Every operation names the session; one without it is outside of the transaction.
          const from = await reservations.updateOne(
            { _id: 'res_2', units: { $gte: units } },
            { $inc: { units: -units } },
            { session },
          );
          if (from.modifiedCount === 0) throw new Error('Not enough units.'); // takes everything back
          await waitMs(50); // so that the two meet
          await reservations.updateOne({ _id: 'batch_3' }, { $inc: { units } }, { session });
        },
        { readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' } },
      ),
    );
  await Promise.all([move(1), move(2)]);
  const tooMuch = await move(100).catch((error: Error) => error.message);
  const left = await reservations
    .find({ _id: { $in: ['res_2', 'batch_3'] } })
    .sort({ _id: -1 })
    .toArray();
  show('Moved', Object.fromEntries(left.map(({ _id, units }) => [_id, units])));
  show('Tries', { transactions: 3, begunMoreThanOnce: begun > 3, tooMuch });
}

// ── Change streams ───────────────────────────────────────────────────────────────────────────────────────────────────

/** A program that follows changes, is stopped, and goes on where it was: it keeps the token of what it has dealt with. */
async function watchAndResume(reservations: Collection<Reservation>): Promise<void> {
  const onlyOnline = [{ $match: { 'fullDocument.store_id': 'store_online' } }]; // sorted out in the server
  const put = (number: number) =>
    reservations.insertOne({ _id: `new_${number}`, product_id: `prod_${number}`, store_id: 'store_online', units: 1 });

  const stream = reservations.watch(onlyOnline, { fullDocument: 'updateLookup' });
  await stream.tryNext(); // opens it: from now on nothing is missed
  await put(1);
  const first = await stream.next();
  const token = first._id; // store it together with what you did about the change, in one transaction
  await stream.close();

  await put(2);
  await put(3);
  const resumed = reservations.watch(onlyOnline, { fullDocument: 'updateLookup', resumeAfter: token });
  const missed = [await resumed.next(), await resumed.next()];
  await resumed.close();
  // Behind the end of the server's history a token is refused (286): then read everything anew, and begin at now.
  show('Seen', [nameOf(first)], 'then, from the token on', missed.map(nameOf));
}

function nameOf(change: ChangeStreamDocument<Reservation>): string {
  return 'documentKey' in change ? `${change.operationType} ${change.documentKey._id}` : change.operationType;
}
