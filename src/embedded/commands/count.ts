import { planQuery } from '../planner/planner.ts';
import { BREATHE } from '../planner/rows.ts';
import { anything, collectionName, integer, object, wholeNumber } from './arguments.ts';
import { defineCommand } from './command.ts';
import { readHint } from './hint.ts';
import { isView, viewDocuments } from './view-query.ts';

export const count = defineCommand({
  name: 'count',
  summary: 'Counts the documents that match a filter.',
  arguments: {
    count: collectionName,
    query: object.default({}),
    skip: wholeNumber.default(0),
    limit: integer.default(0),
    hint: anything,
    collation: object.optional(),
    fields: anything,
    comment: anything,
  },
  apiVersion1: true,
  async run(args, context) {
    using view = context.openView();
    const namespace = context.namespace(args.count);
    const collection = view.collection(namespace);
    // As mongod answers: limit 0 is "no limit", and a negative limit stands for its size.
    const limit = Math.abs(args.limit);
    const hint = readHint(args.hint);
    if (isView(view, namespace)) {
      const query = {
        filter: args.query,
        sort: {},
        projection: undefined,
        skip: args.skip,
        limit,
        collation: args.collation,
      };
      let n = 0;
      for (const document of viewDocuments(view, namespace, query, context)) {
        if (document === BREATHE) await context.operation.breathe();
        else n += 1;
      }
      return { n, ok: 1 };
    }
    if (Object.keys(args.query).length === 0 && hint === undefined) {
      const left = Math.max(0, (collection?.count() ?? 0) - args.skip);
      return { n: limit === 0 ? left : Math.min(left, limit), ok: 1 };
    }
    const plan = planQuery(
      {
        filter: args.query,
        sort: {},
        projection: undefined,
        skip: args.skip,
        limit,
        hint,
        collation: args.collation,
        countOnly: true,
      },
      collection,
    );
    let n = 0;
    if (collection !== null) {
      for (const row of plan.root.rows({ collection, due: () => context.operation.due() })) {
        if (row === BREATHE) await context.operation.breathe();
        else n += 1;
      }
    }
    return { n, ok: 1 };
  },
});
