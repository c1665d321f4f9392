/** The child of the kill test: writes job after job and prints the number of each one that was acknowledged. */
import { writeSync } from 'node:fs';
import { encode } from '../bson/codec.ts';
import { openStorage } from './index.ts';

const [dataDir, round] = process.argv.slice(2) as [string, string];
const namespace = `test.round${round}`;
// Short tails, so that it is killed while they are written out as well.
const storage = await openStorage({ dataDir, indexTailMax: 200 });
await storage.write((transaction) => {
  transaction.createCollection(namespace, {});
  transaction.createIndexes(namespace, [
    { name: 'job_1', key: { job: 1 }, options: {} },
    { name: 'live_1', key: { live: 1 }, options: {} },
  ]);
});
for (let job = 0; ; job++) {
  await storage.write((transaction) => {
    const collection = transaction.collection(namespace)!;
    for (let k = 0; k < 10; k++) {
      collection.insert(encode({ _id: `${job}-${k}`, job, live: true, pad: 'x'.repeat(k * 300) }));
      const before = (job - 1) * 10 + k + 1;
      if (job > 0) collection.update(before, encode({ _id: `${job - 1}-${k}`, job: job - 1, live: false }), 'update');
    }
  });
  writeSync(1, `${job}\n`);
}
