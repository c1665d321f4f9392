import { BREATHE, type Breathe } from '../../breathe.ts';
import { decode, encode } from '../../bson/codec.ts';
import type { BsonValue, Document } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import type { SpillFile, Strand } from '../../spill/spill-folder.ts';
import { MemoryMeter } from '../../spill/work-space.ts';
import type { AccumulatorFactory } from '../accumulators/accumulator.ts';
import { groupAccumulators } from '../accumulators/group-accumulators.ts';
import { isDocument } from '../documents.ts';
import { FieldReads, type Scope } from '../expressions/scope.ts';
import { compileKey, type Groups } from './groups.ts';
import { headOf, restored } from './spilled.ts';
import { PACE, type StageContext, type StageDefinition, type StageRun, type Stream } from './stage.ts';

/** Into how many strands groups are divided when they outgrow memory. */
const PARTS = 32;
/** How often a part that is still too large is divided again. Beyond, one group alone is what fills it. */
const DIVISIONS_MAX = 4;

export const group: StageDefinition = {
  summary: 'One document per distinct `_id`, with accumulated values. Blocking.',
  compile(argument, context) {
    if (!isDocument(argument)) {
      throw new MongoError(15947, "a group's fields must be specified in an object");
    }
    if (argument._id === undefined) throw new MongoError(15955, 'a group specification must include an _id');
    const { _id: id, ...fields } = argument;
    return compileGroup(id, fields, context, '$group');
  },
};

/** Also the core of `$bucket` and `$sortByCount`. */
export function compileGroup(id: BsonValue, fields: Document, context: StageContext, name: string): StageRun {
  const reads = new FieldReads();
  const scope = context.scope.readingInto(reads);
  const makeGroups = compileKey(id, scope, compileAccumulators(fields, scope));
  let figures = { spills: 0, records: 0, bytes: 0 };
  return {
    blocking: true,
    needs: () => reads.toFields(),
    *run(input) {
      figures = { spills: 0, records: 0, bytes: 0 };
      const memory = new MemoryMeter(name, context.work, 'internalDocumentSourceGroupMaxMemoryBytes');
      try {
        yield* grouped(input, undefined, 0);
      } finally {
        memory.end();
      }

      /** Groups these documents, after the groups that were put aside with them. */
      function* grouped(documents: Stream, aside: Strand | undefined, division: number): Stream {
        const groups = makeGroups(memory);
        let parts: Parts | undefined;
        let seen = 0;
        try {
          for (const item of aside === undefined ? documents : entriesOf(aside)) {
            if (item === BREATHE) {
              yield BREATHE;
              continue;
            }
            if (parts !== undefined) parts.add(groups, item);
            else {
              if (item instanceof SavedGroup) holding(() => groups.restore(item.id, item.states));
              else holding(() => groups.add(item));
              if (memory.full && division < DIVISIONS_MAX && groups.size > 1) {
                parts = new Parts(memory.spillFolder().open(), division);
                figures.spills += 1;
                yield* parts.takeAll(groups, context.due);
                memory.end();
              }
            }
            if ((++seen & PACE) === 0 && context.due()) yield BREATHE;
          }
          if (parts === undefined) {
            for (const document of groups.results()) {
              yield document;
              if ((++seen & PACE) === 0 && context.due()) yield BREATHE;
            }
            memory.end();
            return;
          }
          parts.seal();
          figures.records += parts.records;
          figures.bytes += parts.file.bytes;
          for (const strand of parts.strands) {
            if (strand.count > 0) yield* grouped([], strand, division + 1);
          }
        } finally {
          parts?.file.close();
        }
      }

      function holding(work: () => void): void {
        const { shared } = scope;
        const outer = shared.hold;
        shared.hold = (value) => memory.add(value);
        try {
          work();
        } finally {
          shared.hold = outer;
        }
      }
    },
    figures: () => ({
      usedDisk: figures.spills > 0,
      spills: BigInt(figures.spills),
      spilledRecords: BigInt(figures.records),
      spilledDataStorageSize: BigInt(figures.bytes),
    }),
  };
}

/** A group as far as it had come when memory was full. */
class SavedGroup {
  readonly id: BsonValue | undefined;
  readonly states: readonly BsonValue[];

  constructor(id: BsonValue | undefined, states: readonly BsonValue[]) {
    this.id = id;
    this.states = states;
  }
}

/**
 * Where groups go that outgrow memory: each part holds some groups whole, as far as they had come, and then the documents
 * that still belong to them. A part is taken up later as if nothing had happened, so that every answer is the same, to the
 * last digit of a sum and in the order of its `$push`.
 */
class Parts {
  readonly file: SpillFile;
  readonly strands: readonly Strand[];
  readonly #division: number;
  records = 0;

  constructor(file: SpillFile, division: number) {
    this.file = file;
    this.#division = division;
    this.strands = Array.from({ length: PARTS }, () => file.strand());
  }

  *takeAll(groups: Groups, due: () => boolean): Iterable<Breathe> {
    for (const { key, id, states } of groups.takeAll()) {
      this.#strandOf(key).append(encode({ group: id }), encode({ states: states() }));
      this.records += 1;
      if ((this.records & PACE) === 0 && due()) yield BREATHE;
    }
  }

  add(groups: Groups, item: Document | SavedGroup): void {
    this.records += 1;
    if (item instanceof SavedGroup) {
      this.#strandOf(groups.keyOfId(item.id)).append(encode({ group: item.id }), encode({ states: [...item.states] }));
    } else this.#strandOf(groups.keyOf(item)).append(headOf(item, DOCUMENT), encode(item));
  }

  seal(): void {
    for (const strand of this.strands) strand.seal();
  }

  #strandOf(key: string): Strand {
    return this.strands[hashOf(key, this.#division) % PARTS] as Strand;
  }
}

const DOCUMENT = { document: true };

function* entriesOf(strand: Strand): Iterable<Document | SavedGroup> {
  for (const { head, body } of strand.records()) {
    const known = decode(head);
    if (known['document'] === true) yield restored(head, decode(body));
    else yield new SavedGroup(known['group'], decode(body)['states'] as BsonValue[]);
  }
}

/** FNV-1a; another one for each division, or a part would fall into one part again. */
function hashOf(text: string, division: number): number {
  let hash = (0x811c9dc5 ^ Math.imul(division + 1, 0x9e3779b1)) >>> 0;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x85ebca6b) >>> 8;
}

export interface NamedAccumulators {
  readonly names: readonly string[];
  readonly factories: readonly AccumulatorFactory[];
}

export function compileAccumulators(fields: Document, scope: Scope): NamedAccumulators {
  const names = Object.keys(fields);
  const factories = names.map((name) => {
    if (name.startsWith('$')) throw new MongoError(40236, `The field name '${name}' cannot be an operator name`);
    if (name.includes('.')) throw new MongoError(40235, `The field name '${name}' cannot contain '.'`);
    const spec = fields[name];
    if (!isDocument(spec)) throw new MongoError(40234, `The field '${name}' must be an accumulator object`);
    const operators = Object.keys(spec);
    if (operators.length !== 1) throw new MongoError(40238, `The field '${name}' must specify one accumulator`);
    const operator = operators[0]!;
    if (!operator.startsWith('$')) {
      throw new MongoError(40234, `The field '${name}' must be an accumulator object`);
    }
    const accumulator = Object.hasOwn(groupAccumulators, operator) ? groupAccumulators[operator] : undefined;
    if (accumulator === undefined) throw new MongoError(15952, `unknown group operator '${operator}'`);
    return accumulator.compile(spec[operator]!, scope, operator);
  });
  return { names, factories };
}
