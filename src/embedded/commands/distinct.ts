import { decodeFields } from '../bson/codec.ts';
import { compileCollation, groupKey, isDocument } from '../bson/compare.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import { distinctValues, indexForDistinct } from '../planner/distinct-scan.ts';
import type { Query } from '../planner/plan.ts';
import { planQuery } from '../planner/planner.ts';
import { BREATHE } from '../planner/rows.ts';
import { anything, collectionName, object, text } from './arguments.ts';
import { defineCommand } from './command.ts';
import { readHint } from './hint.ts';
import { isView, viewDocuments } from './view-query.ts';

export const distinct = defineCommand({
  name: 'distinct',
  summary: 'The different values of a field among the documents that match a filter.',
  arguments: {
    distinct: collectionName,
    key: text,
    query: object.default({}),
    collation: object.optional(),
    hint: anything,
    comment: anything,
  },
  inTransactions: true,
  async run(args, context) {
    using view = context.openView();
    const namespace = context.namespace(args.distinct);
    const collection = view.collection(namespace);
    const query: Query = {
      filter: args.query,
      sort: {},
      projection: undefined,
      skip: 0,
      limit: 0,
      hint: readHint(args.hint),
      collation: args.collation,
    };
    const own = collection?.info.options['collation'];
    const collation = compileCollation(args.collation ?? (isDocument(own) ? own : undefined));
    const path = args.key.split('.');
    const fields = new Set([path[0] as string]);
    const values = new Map<string | number, BsonValue>();
    const add = (document: Document) => {
      for (const value of valuesAt(document, path, 0)) {
        const key = groupKey(value, collation);
        if (!values.has(key)) values.set(key, value);
      }
    };
    if (isView(view, namespace)) {
      for (const document of viewDocuments(view, namespace, query, context)) {
        if (document === BREATHE) await context.operation.breathe();
        else add(document);
      }
    } else if (collection === null) planQuery(query, null);
    else {
      const index =
        query.hint === undefined ? indexForDistinct(collection, args.key, args.query, collation) : undefined;
      if (index !== undefined) {
        for (const value of distinctValues(collection, index, args.key)) {
          if (value !== undefined) values.set(groupKey(value, collation), value);
          if (context.operation.due()) await context.operation.breathe();
        }
        return { values: [...values.values()], ok: 1 };
      }
      const plan = planQuery(query, collection);
      for (const row of plan.root.rows({ collection, due: () => context.operation.due() })) {
        if (row === BREATHE) {
          await context.operation.breathe();
          continue;
        }
        add(decodeFields(row.raw as Uint8Array, fields));
      }
    }
    return { values: [...values.values()], ok: 1 };
  },
});

/** Every value at the path; arrays are taken apart, also at the end. */
function valuesAt(value: BsonValue | undefined, path: readonly string[], at: number): BsonValue[] {
  if (value === undefined) return [];
  if (at === path.length) return Array.isArray(value) ? value : [value];
  const name = path[at] as string;
  if (Array.isArray(value)) {
    const index = /^\d+$/.test(name) ? valuesAt(value[Number(name)], path, at + 1) : [];
    return [...index, ...value.flatMap((item) => (isDocument(item) ? valuesAt(item, path, at) : []))];
  }
  return isDocument(value) ? valuesAt((value as Document)[name], path, at + 1) : [];
}
