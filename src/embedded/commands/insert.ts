import { writeOnce } from '../sessions/retryable.ts';
import { anything, boolean, collectionName, rawDocuments } from './arguments.ts';
import { defineCommand } from './command.ts';
import { assertBatchSize, stopsAtFault } from './write-batch.ts';
import { collectionForWrite, insertDocument } from './write-document.ts';
import { WriteErrors } from './write-outcome.ts';

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
  run(args, context) {
    assertBatchSize(args.documents);
    const namespace = context.namespace(args.insert);
    const rules = { bypassValidation: args.bypassDocumentValidation };
    return writeOnce(context, args.documents.length, (transaction, statements) => {
      const collection = collectionForWrite(transaction, namespace);
      const errors = new WriteErrors();
      let inserted = 0;
      for (const [index, document] of args.documents.entries()) {
        const goOn = errors.attempt(index, stopsAtFault(args, context), () => {
          if (statements.recall(index) === undefined) {
            statements.begin();
            insertDocument(collection, document, rules);
            statements.remember(index, INSERTED);
          }
          inserted += 1;
        });
        if (!goOn) break;
      }
      return { n: inserted, ...errors.fields(), ...statements.replyFields(), ok: 1 };
    });
  },
});
