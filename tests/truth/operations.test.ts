/**
 * Random sequences of operations on two servers that must agree in results, counts and codes of errors. Where
 * MONGODB_CONNECTION_STRING names a MongoDB, it is the peer; else a second embedded server is, without the case's
 * indexes, so that the same comparing code runs and every plan has another one to agree with.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { operations } from './arbitrary/operations.ts';
import { Run } from './run.ts';
import { connect, exact, openEmbedded, type Peer } from './servers.ts';
import { holds, testMs } from './settings.ts';

const uri = process.env['MONGODB_CONNECTION_STRING'] ?? '';
const isReal = uri !== '';

let own: Peer;
let peer: Peer;
beforeAll(async () => {
  own = await openEmbedded();
  peer = isReal ? await connect(uri, `zava_truth_${process.pid}`) : await openEmbedded();
  process.stdout.write(
    isReal
      ? `truth: operations run on the embedded server and on ${new URL(uri).host}\n`
      : 'truth: operations run on two embedded servers, one of them without indexes: MONGODB_CONNECTION_STRING is not set\n',
  );
});

let last = 0;

describe(`the embedded server and ${isReal ? 'a real MongoDB' : 'a second embedded server without indexes'} agree`, () => {
  test(
    '[ES6] [ES9] [ES11] on random sequences of writes, reads, indexes and transactions',
    async () => {
      await holds('sequences of operations', operations, { cases: 20 }, async (sequence) => {
        const name = `c${++last}`;
        const mine = new Run(own, name, true);
        const theirs = new Run(peer, name, isReal);
        try {
          await mine.open();
          await theirs.open();
          for (const [at, operation] of sequence.entries()) {
            const is = await mine.answer(operation);
            const must = await theirs.answer(operation);
            expect(is, `operation ${at}, ${exact(operation)}`).toBe(must);
          }
          expect(await mine.documents(), 'the documents at the end').toEqual(await theirs.documents());
        } finally {
          await mine.close();
          await theirs.close();
        }
      });
    },
    testMs,
  );
});
