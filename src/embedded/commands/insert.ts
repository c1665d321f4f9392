import type { RawDocument } from '../bson/values.ts';
import { anything, boolean, collectionName, rawDocuments } from './arguments.ts';
import { defineCommand } from './command.ts';
import { assertBatchSize, stopsAtFault } from './write-batch.ts';
import { collectionForWrite, insertDocument } from './write-document.ts';
import { WriteErrors } from './write-outcome.ts';
import { joinedLists, writeInParts } from './write-parts.ts';

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
    const { parts, retried } = await writeInParts(context, documents.length, {
      newPart: () => ({ inserted: 0, errors: new WriteErrors() }),
      write(index, part, transaction, statements) {
        const collection = collectionForWrite(transaction, namespace);
        return part.errors.attempt(index, stopsAtFault(args, context), () => {
          if (statements.recall(index) === undefined) {
            statements.begin();
            insertDocument(collection, documents[index] as RawDocument, rules);
            statements.remember(index, INSERTED);
          }
          part.inserted += 1;
        });
      },
    });
    const inserted = parts.reduce((sum, part) => sum + part.inserted, 0);
    return { n: inserted, ...joinedLists(...parts.map(({ errors }) => errors.fields())), ...retried, ok: 1 };
  },
});
