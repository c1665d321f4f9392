import type { BsonValue, Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { anything, boolean, collectionName, isDocument, list, object, objects, readArguments } from './arguments.ts';
import { defineCommand } from './command.ts';
import { readHint } from './hint.ts';
import { scout } from './scout.ts';
import { assertBatchSize, assertOneEach, stopsAtFault } from './write-batch.ts';
import { mayRunInParts } from './write-many.ts';
import { WriteErrors } from './write-outcome.ts';
import { joinedLists, writeInParts } from './write-parts.ts';
import { runUpdateInParts, type UpdateStatement, updateOnce } from './write-update.ts';

const statementArguments = {
  q: object,
  u: anything,
  c: object.optional(),
  multi: boolean.default(false),
  upsert: boolean.default(false),
  upsertSupplied: anything,
  arrayFilters: list.optional(),
  collation: object.optional(),
  hint: anything,
  sort: object.optional(),
  sampleId: anything,
};

export const update = defineCommand({
  name: 'update',
  summary: 'Changes documents that match filters.',
  arguments: {
    update: collectionName,
    updates: objects,
    ordered: boolean.default(true),
    bypassDocumentValidation: boolean.default(false),
    let: object.optional(),
    comment: anything,
  },
  apiVersion1: true,
  inTransactions: true,
  async run(args, context) {
    assertBatchSize(args.updates);
    const namespace = context.namespace(args.update);
    const rules = { bypassValidation: args.bypassDocumentValidation };
    const statements = args.updates.map((statement) => readArguments(statementArguments, statement, 'update.updates'));
    for (const { multi, sort, u } of statements) {
      if (u === undefined)
        throw new MongoError('IDLFailedToParse', "BSON field 'update.updates.u' is missing but a required field");
      if (multi && sort !== undefined) throw new MongoError('FailedToParse', 'Cannot specify sort with multi=true');
    }
    assertOneEach(
      context,
      statements.some(({ multi }) => multi),
    );
    const described = statements.map(
      (statement): UpdateStatement => ({
        filter: statement.q,
        update: statement.u as BsonValue,
        multi: statement.multi,
        upsert: statement.upsert,
        sort: statement.sort,
        hint: readHint(statement.hint),
        collation: statement.collation,
        arrayFilters: statement.arrayFilters,
        variables: args.let,
        constants: statement.c,
      }),
    );
    const [only, ...others] = described;
    if (only?.multi === true && others.length === 0 && mayRunInParts(context) && isOperatorUpdate(only.update)) {
      const outcome = await runUpdateInParts(context, namespace, only, rules);
      if (outcome !== undefined) {
        const errors = new WriteErrors();
        if (outcome.error !== undefined) errors.add(0, outcome.error);
        return { n: outcome.matched, nModified: outcome.modified, ...errors.fields(), ok: 1 };
      }
    }
    if (only !== undefined && others.length === 0) {
      const found = await scout(context, namespace, { ...only, limit: only.multi ? 0 : 1, sort: only.sort ?? {} });
      described[0] = { ...only, found };
    }
    const { parts, retried } = await writeInParts(context, described.length, {
      newPart: (): Part => ({ matched: 0, modified: 0, upserted: [], errors: new WriteErrors() }),
      write: (index, part, transaction, statements) =>
        part.errors.attempt(index, stopsAtFault(args, context), () => {
          const statement = described[index] as UpdateStatement;
          const outcome = updateOnce(transaction, namespace, statement, rules, { index, statements });
          part.matched += outcome.matched;
          part.modified += outcome.modified;
          if (outcome.upsertedId === undefined) return;
          part.upserted.push({ index, _id: outcome.upsertedId });
          part.matched += 1;
        }),
    });
    const upserted = parts.flatMap((part) => part.upserted);
    return {
      n: parts.reduce((sum, { matched }) => sum + matched, 0),
      nModified: parts.reduce((sum, { modified }) => sum + modified, 0),
      ...(upserted.length === 0 ? {} : { upserted }),
      ...joinedLists(...parts.map(({ errors }) => errors.fields())),
      ...retried,
      ok: 1,
    };
  },
});

interface Part {
  matched: number;
  modified: number;
  readonly upserted: Document[];
  readonly errors: WriteErrors;
}

function isOperatorUpdate(update: BsonValue): boolean {
  return Array.isArray(update) || (isDocument(update) && Object.keys(update)[0]?.startsWith('$') === true);
}
