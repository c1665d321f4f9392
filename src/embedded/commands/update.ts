import type { BsonValue, Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { anything, boolean, collectionName, isDocument, list, object, objects, readArguments } from './arguments.ts';
import { defineCommand } from './command.ts';
import { readHint } from './hint.ts';
import { longScans, scout } from './scout.ts';
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
    const [, ...others] = described;
    const isMany = (index: number) => mayRunInParts(context) && isUpdateOfMany(described[index] as UpdateStatement);
    const isLongScan = longScans(context, namespace);
    const isLongSearch = ({ filter }: UpdateStatement) => (others.length === 0 && !isMany(0)) || isLongScan(filter);
    const { parts, retried } = await writeInParts(context, described.length, {
      newPart: (): Part => ({ matched: 0, modified: 0, upserted: [], errors: new WriteErrors() }),
      isMany,
      isLongSearch: (index) => isLongSearch(described[index] as UpdateStatement),
      async search(index) {
        const statement = described[index] as UpdateStatement;
        const query = { ...statement, limit: statement.multi ? 0 : 1, sort: statement.sort ?? {} };
        described[index] = { ...statement, found: await scout(context, namespace, query) };
      },
      async writeAlone(index, part) {
        let isDone = true;
        const goOn = await part.errors.attemptLong(index, stopsAtFault(args, context), async () => {
          const outcome = await runUpdateInParts(context, namespace, described[index] as UpdateStatement, rules);
          isDone = outcome !== undefined;
          part.matched += outcome?.matched ?? 0;
          part.modified += outcome?.modified ?? 0;
          return outcome?.error;
        });
        return isDone ? { goOn } : null;
      },
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

export function isUpdateOfMany({ multi, update }: Pick<UpdateStatement, 'multi' | 'update'>): boolean {
  return multi && isOperatorUpdate(update);
}

function isOperatorUpdate(update: BsonValue): boolean {
  return Array.isArray(update) || (isDocument(update) && Object.keys(update)[0]?.startsWith('$') === true);
}
