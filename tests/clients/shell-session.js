// What a person does in mongosh, one named step after the other; each step's value or error is printed at the end as JSON.
// Run by mongosh.test.ts, which says what each must give.

const steps = {};
const items = db.getCollection('items');

function step(name, run) {
  try {
    const value = run();
    steps[name] = value === undefined ? null : EJSON.serialize(value, { relaxed: true });
  } catch (error) {
    steps[name] = `${error.codeName ?? error.name}: ${error.message}`;
  }
}

const nextOf = (stream) => {
  for (let attempt = 0; attempt < 50; attempt++) {
    const event = stream.tryNext();
    if (event !== null) return event;
  }
  return null;
};

step(
  'insertMany',
  () =>
    items.insertMany(
      Array.from({ length: 50 }, (_, k) => ({ _id: k, n: k % 5, name: `item ${k}`, tags: ['a', `t${k % 3}`] })),
    ).acknowledged,
);
step('find', () => items.find({ n: 2 }, { name: 1 }).sort({ _id: -1 }).skip(1).limit(2).pretty().toArray());
step('findOne', () => items.findOne({ _id: 3 }, { name: 1 }));
step('counts', () => [items.countDocuments({ n: 1 }), items.estimatedDocumentCount(), items.find({ n: 1 }).size()]);
step('distinct', () => items.distinct('n'));
step('cursor', () => {
  const cursor = items.find().batchSize(7);
  let seen = 0;
  while (cursor.hasNext()) {
    cursor.next();
    seen += 1;
  }
  return seen;
});
step('cursor options', () =>
  items
    .find({ _id: { $lt: 9 } })
    .sort({ _id: 1 })
    .hint({ _id: 1 })
    .min({ _id: 3 })
    .max({ _id: 5 })
    .maxTimeMS(5000)
    .comment('shell')
    .returnKey(true)
    .toArray(),
);
step('createIndex', () => [
  items.createIndex({ n: 1, name: -1 }, { name: 'by_n' }),
  items.createIndexes([{ tags: 1 }]),
]);
step('getIndexes', () => items.getIndexes().map((index) => index.name));
step('hideIndex', () => [items.hideIndex('by_n').hidden_new, items.unhideIndex('by_n').hidden_new]);
step('explain find', () => items.find({ n: 2 }).explain('executionStats').executionStats.totalKeysExamined);
step('explain update', () => items.explain().update({ n: 1 }, { $set: { x: 1 } }).queryPlanner.winningPlan.stage);
step('explain aggregate', () => items.explain().aggregate([{ $match: { n: 1 } }, { $group: { _id: '$n' } }]).ok);
step('aggregate', () => items.aggregate([{ $sortByCount: '$n' }, { $sort: { _id: 1 } }, { $limit: 2 }]).toArray());
step('updateOne', () => items.updateOne({ _id: 1 }, { $set: { x: 1 } }).modifiedCount);
step('updateMany', () => items.updateMany({ n: 1 }, { $inc: { y: 2 } }).modifiedCount);
step('replaceOne', () => items.replaceOne({ _id: 'r' }, { z: 1 }, { upsert: true }).upsertedCount);
step('findOneAndUpdate', () =>
  items.findOneAndUpdate({ _id: 1 }, { $inc: { x: 1 } }, { returnDocument: 'after', projection: { x: 1 } }),
);
step('findAndModify', () =>
  items.findAndModify({ query: { _id: 2 }, update: { $set: { q: 1 } }, new: true, fields: { q: 1 } }),
);
step('deleteOne', () => items.deleteOne({ _id: 'r' }).deletedCount);
step('bulkWrite', () => {
  const { insertedCount, matchedCount, deletedCount } = items.bulkWrite([
    { insertOne: { document: { _id: 100 } } },
    { updateMany: { filter: { n: 3 }, update: { $set: { b: 1 } } } },
    { deleteOne: { filter: { _id: 100 } } },
  ]);
  return [insertedCount, matchedCount, deletedCount];
});
step('ordered bulk', () => {
  const bulk = items.initializeOrderedBulkOp();
  bulk.insert({ _id: 101 });
  bulk.find({ _id: 101 }).updateOne({ $set: { a: 1 } });
  bulk.find({ _id: 101 }).deleteOne();
  const { insertedCount, matchedCount, deletedCount } = bulk.execute();
  return [insertedCount, matchedCount, deletedCount];
});
step('duplicate key', () => items.insertOne({ _id: 1 }));
step('transaction', () => {
  const session = db.getMongo().startSession();
  const inside = session.getDatabase(db.getName()).getCollection('items');
  session.startTransaction();
  inside.insertOne({ _id: 'aborted' });
  const seen = [inside.countDocuments({ _id: 'aborted' }), items.countDocuments({ _id: 'aborted' })];
  session.abortTransaction();
  session.startTransaction();
  inside.insertOne({ _id: 'kept' });
  session.commitTransaction();
  session.withTransaction(() => inside.updateOne({ _id: 'kept' }, { $set: { w: 1 } }));
  session.endSession();
  return [...seen, items.countDocuments({ _id: 'aborted' }), items.findOne({ _id: 'kept' }).w];
});
step('watch', () => {
  const streams = [items.watch(), db.watch(), db.getMongo().watch()];
  for (const stream of streams) stream.tryNext();
  items.insertOne({ _id: 'watched' });
  const types = streams.map((stream) => nextOf(stream)?.operationType);
  for (const stream of streams) stream.close();
  return types;
});
step('db.stats', () => {
  const { db: name, collections, objects, ok } = db.stats();
  return [name === db.getName(), collections, objects, ok];
});
step('coll.stats', () => {
  const { ns, count, nindexes, capped } = items.stats({ indexDetails: true });
  return [ns.endsWith('.items'), count, nindexes, capped];
});
step(
  'sizes',
  () => items.dataSize() > 0 && items.totalSize() > 0 && items.storageSize() > 0 && items.totalIndexSize() >= 0,
);
step('validate', () => {
  const { valid, nrecords } = items.validate({ full: true });
  return [valid, nrecords];
});
step('latencyStats', () => items.latencyStats({ histograms: false }).length);
step('plan cache', () => [items.getPlanCache().list().length, items.getPlanCache().clear().ok]);
step('currentOp', () => db.currentOp({ $all: true }).ok);
step('killOp', () => db.killOp(123_456_789).ok);
step('serverStatus', () => {
  const { version, process: name, connections } = db.serverStatus();
  return [version === db.version(), name, connections.current > 0];
});
step('version', () => /^8\.0\.\d+$/.test(db.version()));
step('hostInfo', () => [db.hostInfo().ok, db.serverCmdLineOpts().ok, db.serverBuildInfo().ok]);
step('hello', () => {
  const { isWritablePrimary, maxWireVersion, setName } = db.runCommand({ hello: 1 });
  return [isWritablePrimary, maxWireVersion, setName];
});
step('ping', () => db.runCommand('ping').ok);
step('listCommands', () => Object.keys(db.runCommand({ listCommands: 1 }).commands).length > 50);
step('getCollectionInfos', () => db.getCollectionInfos({ name: 'items' }).map(({ type }) => type));
step('getDBs', () => db.getMongo().getDBNames().includes(db.getName()));
step('rs.status', () => rs.status().members.map((member) => member.stateStr));
step('rs.conf', () => rs.conf().members.length);
step('rs.hello', () => rs.hello().isWritablePrimary);
step('rs.initiate', () => rs.initiate());
step('sh.status', () => sh.status());
step('getUsers', () => db.getUsers().users);
step('profiling', () => [db.getProfilingStatus().was, db.setProfilingLevel(0).was]);
step('profiler', () => db.setProfilingLevel(2));
step('fsyncLock', () => db.fsyncLock());
step('reIndex', () => items.reIndex());
step('getDefaultRWConcern', () => db.adminCommand({ getDefaultRWConcern: 1 }).defaultWriteConcern);
step('capped', () => {
  db.createCollection('log', { capped: true, size: 4096, max: 3 });
  db.log.insertMany([{ a: 1 }, { a: 2 }, { a: 3 }, { a: 4 }]);
  return [
    db.log.isCapped(),
    db.log
      .find()
      .toArray()
      .map(({ a }) => a),
  ];
});
step('view', () => {
  db.createView('few', 'items', [{ $match: { n: 0 } }]);
  return [db.few.countDocuments(), db.few.findOne().n];
});
step('collMod', () => db.runCommand({ collMod: 'items', index: { keyPattern: { tags: 1 }, hidden: true } }).ok);
step('renameCollection', () => db.log.renameCollection('journal').ok);
step('search index', () => {
  items.createSearchIndex('vectors', 'vectorSearch', {
    fields: [{ type: 'vector', path: 'e', numDimensions: 3, similarity: 'cosine' }],
  });
  const names = items.getSearchIndexes().map(({ name }) => name);
  items.dropSearchIndex('vectors');
  return names;
});
step('JavaScript', () => items.find({ $where: 'true' }).toArray());
step('mapReduce', () => items.mapReduce('function () {}', 'function () {}', { out: { inline: 1 } }));
step('documents', () => db.aggregate([{ $documents: [{ a: 1 }] }]).toArray());
step('types', () => {
  const value = {
    _id: 1,
    int: NumberInt(1),
    long: NumberLong('9007199254740993'),
    decimal: NumberDecimal('1.10'),
    double: Double(1.5),
    id: ObjectId('000000000000000000000001'),
    time: Timestamp(1, 2),
    bytes: BinData(0, 'aGk='),
    uuid: UUID('3b241101-e2bb-4255-8caf-4136c566a962'),
    pattern: /a/i,
    least: MinKey(),
    greatest: MaxKey(),
    when: ISODate('2026-11-22T00:00:00Z'),
  };
  db.types.insertOne(value);
  const text = (document) => EJSON.stringify(document, { relaxed: false });
  return text(db.types.findOne()) === text(value);
});
step('dropIndexes', () => [items.dropIndex('tags_1').nIndexesWas, items.dropIndexes().nIndexesWas]);
step('drop', () => [items.drop(), db.dropDatabase().ok]);

print(`STEPS ${JSON.stringify(steps)}`);
