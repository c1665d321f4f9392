/** The child of the full disk test: fills the disk (its limit of file size), and shows that it goes on afterwards. */
import { randomBytes } from 'node:crypto';
import { encode } from '../bson/codec.ts';
import { openStorage } from './index.ts';

const storage = await openStorage({ dataDir: process.argv[2]!, changeLog: { bytesMax: 1 } });
await storage.write((transaction) => {
  const collection = transaction.createCollection('a.b', {});
  for (let k = 0; k < 3; k++) collection.insert(encode({ _id: k }));
});
const count = (): number => {
  using snapshot = storage.snapshot();
  return [...snapshot.collection('a.b')!.scan()].length;
};
let code: unknown = 'nothing';
try {
  await storage.write((transaction) => {
    const collection = transaction.collection('a.b')!;
    for (let k = 0; k < 10_000; k++)
      collection.insert(encode({ _id: `fill ${k}`, pad: randomBytes(500).toString('hex') }));
  });
} catch (error) {
  code = (error as { code: unknown }).code ?? error;
}
const kept = count();
await storage.write((transaction) => transaction.collection('a.b')!.insert(encode({ _id: 'after' })));
process.stdout.write(`refused ${code}, kept ${kept}, then ${count()}\n`);
await storage.close();
