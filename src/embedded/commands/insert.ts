import type { Document, RawDocument } from '../bson/values.ts';
import { writeOnce } from '../sessions/retryable.ts';
import { anything, boolean, collectionName, rawDocuments } from './arguments.ts';
import { defineCommand } from './command.ts';
import { assertBatchSize, stopsAtFault } from './write-batch.ts';
import { collectionForWrite, insertDocument } from './write-document.ts';
import { WriteErrors } from './write-outcome.ts';

/** A larger batch is inserted in several steps, so that others get their turn; each document is a write of its own anyway. */
const DOCUMENTS_PER_JOB = 2500;
const INSERTED = { operation: 'insert' } as const;

export const insert = defineCommand({
  name: 'insert',
  summary: 'Inserts documents into a collection.',
  arguments: {
    insert: collectionName,
    documents: rawDocuments,
    ordered: boolean.default(true),
    bypassDocumentValidation: boolean.default(false),
    comment: anything,
  },
  rawLists: ['documents'],
  apiVersion1: true,
  inTransactions: true,
  async run(args, context) {
    assertBatchSize(args.documents);
    const namespace = context.namespace(args.insert);
    const rules = { bypassValidation: args.bypassDocumentValidation };
    const { documents } = args;
    const inPart = (from: number) =>
      writeOnce(context, documents.length, (transaction, statements): Part => {
        const collection = collectionForWrite(transaction, namespace);
        const errors = new WriteErrors();
        let inserted = 0;
        let goOn = true;
        const end = Math.min(from + DOCUMENTS_PER_JOB, documents.length);
        for (let index = from; goOn && index < end; index++) {
          goOn = errors.attempt(index, stopsAtFault(args, context), () => {
            if (statements.recall(index) === undefined) {
              statements.begin();
              insertDocument(collection, documents[index] as RawDocument, rules);
              statements.remember(index, INSERTED);
            }
            inserted += 1;
          });
        }
        return { inserted, goOn, fields: { ...errors.fields(), ...statements.replyFields() } };
      });
    let { inserted, goOn, fields } = await inPart(0);
    for (let from = DOCUMENTS_PER_JOB; goOn && from < documents.length; from += DOCUMENTS_PER_JOB) {
      await context.operation.breathe();
      const part = await inPart(from);
      inserted += part.inserted;
      goOn = part.goOn;
      fields = withMore(fields, part.fields);
    }
    return { n: inserted, ...fields, ok: 1 };
  },
});

interface Part {
  readonly inserted: number;
  readonly goOn: boolean;
  /** Faults, and statements that were done before: lists, by the names that they have in the reply. */
  readonly fields: Document;
}

function withMore(fields: Document, more: Document): Document {
  const all = { ...fields };
  for (const [name, list] of Object.entries(more)) {
    const before = all[name];
    all[name] = Array.isArray(before) && Array.isArray(list) ? [...before, ...list] : list;
  }
  return all;
}
