import { type Collation, compareValues, equalValues, groupKey } from '../../bson/compare.ts';
import type { BsonValue, Document, Timestamp } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';

/** Evaluates against a root document. Variables live in the frame that the closures captured at compile time. */
export type Evaluate = (root: Document) => BsonValue | undefined;

/** A compiled expression, or part of one. A constant one has been evaluated already and ignores its document. */
export interface Node {
  readonly evaluate: Evaluate;
  readonly constant: boolean;
}

/** What an expression is compiled for. One command makes one and shares it with everything that it compiles. */
export interface ExpressionContext {
  /** The value of `$$NOW`: one moment for the whole command. */
  readonly now?: Date;
  /** The value of `$$CLUSTER_TIME`. */
  readonly clusterTime?: Timestamp;
  readonly collation?: Collation | null | undefined;
  /** The command's `let`, already evaluated. */
  readonly variables?: Readonly<Record<string, BsonValue>> | undefined;
  /** Collects `Math.random`-like draws; tests fix it. */
  readonly random?: (() => number) | undefined;
}

/** The top-level fields that a compiled expression reads. */
export class FieldReads {
  readonly fields = new Set<string>();
  all = false;

  add(field: string): void {
    this.fields.add(field);
  }

  merge(other: FieldReads): void {
    if (other.all) this.all = true;
    for (const field of other.fields) this.fields.add(field);
  }

  toFields(): ReadonlySet<string> | 'all' {
    return this.all ? 'all' : this.fields;
  }
}

/** What all scopes of one command share. */
interface Shared {
  readonly compile: (expression: BsonValue, scope: Scope) => Node;
  readonly now: Date;
  readonly clusterTime: Timestamp | undefined;
  readonly collation: Collation | null;
  readonly random: () => number;
  readonly frame: (BsonValue | undefined)[];
  usesMetadata: boolean;
  /** Told of each value that an accumulator keeps; weighs it for whichever blocking stage is running. */
  hold: (value: BsonValue) => number;
  /** What one `$push`, and one `$addToSet`, may hold. */
  pushBytesMax: number;
  addToSetBytesMax: number;
}

/**
 * The names that an expression can see while it is compiled. Every variable gets a slot of the frame, of its own for
 * each definition, so that evaluating never allocates an environment: one array serves the whole command, because
 * evaluation is synchronous and a definition never nests inside itself.
 */
export class Scope {
  readonly shared: Shared;
  readonly reads: FieldReads;
  private readonly slots: ReadonlyMap<string, number>;
  /** Slot of a rebound `$$CURRENT`; −1 while it is the root document. */
  readonly currentSlot: number;
  readonly compare: (left: BsonValue | undefined, right: BsonValue | undefined) => number;
  readonly equal: (left: BsonValue | undefined, right: BsonValue | undefined) => boolean;
  readonly keyOf: (value: BsonValue | undefined) => string | number;

  private constructor(shared: Shared, reads: FieldReads, slots: ReadonlyMap<string, number>, currentSlot: number) {
    this.shared = shared;
    this.reads = reads;
    this.slots = slots;
    this.currentSlot = currentSlot;
    const { collation } = shared;
    this.compare = collation === null ? compareValues : (left, right) => compareValues(left, right, collation);
    this.equal = collation === null ? equalValues : (left, right) => equalValues(left, right, collation);
    // Of one parameter: it is handed to `map`, which gives more.
    this.keyOf = (value) => groupKey(value, collation);
  }

  /** `compile` is given rather than imported: operators compile their operands, and it knows all operators. */
  static create(context: ExpressionContext, compile: Shared['compile']): Scope {
    const shared: Shared = {
      compile,
      now: context.now ?? new Date(),
      clusterTime: context.clusterTime,
      collation: context.collation ?? null,
      random: context.random ?? Math.random,
      frame: [],
      usesMetadata: false,
      hold: () => 0,
      pushBytesMax: Number.POSITIVE_INFINITY,
      addToSetBytesMax: Number.POSITIVE_INFINITY,
    };
    const slots = new Map<string, number>();
    for (const [name, value] of Object.entries(context.variables ?? {})) slots.set(name, shared.frame.push(value) - 1);
    return new Scope(shared, new FieldReads(), slots, -1);
  }

  /** Compiles one operand, with the names that this scope sees. */
  compile(expression: BsonValue): Node {
    return this.shared.compile(expression, this);
  }

  get frame(): (BsonValue | undefined)[] {
    return this.shared.frame;
  }

  slotOf(name: string): number | undefined {
    return this.slots.get(name);
  }

  /** A scope that also sees these names; returns their slots in order. */
  define(names: readonly string[]): { scope: Scope; slots: number[] } {
    const slots = new Map(this.slots);
    let { currentSlot } = this;
    const added = names.map((name) => {
      const slot = this.shared.frame.push(undefined) - 1;
      if (name === 'CURRENT') currentSlot = slot;
      slots.set(name, slot);
      return slot;
    });
    return { scope: new Scope(this.shared, this.reads, slots, currentSlot), slots: added };
  }

  /** The same names, but reads are noted elsewhere. */
  readingInto(reads: FieldReads): Scope {
    return new Scope(this.shared, reads, this.slots, this.currentSlot);
  }

  /** The same names for a pipeline over other documents: `$$CURRENT` is the root again. */
  forOtherDocuments(): Scope {
    return new Scope(this.shared, new FieldReads(), this.slots, -1);
  }
}

/** Refuses the names that MongoDB reserves. Users' names start with a small letter or are not ASCII; `CURRENT` may be rebound. */
export function checkVariableName(name: string): void {
  if (name === 'CURRENT') return;
  if (name === '') throw new MongoError('FailedToParse', 'empty variable names are not allowed');
  const first = name.charCodeAt(0);
  if (!((first >= 97 && first <= 122) || first >= 128)) {
    throw new MongoError('FailedToParse', `'${name}' starts with an invalid character for a user variable name`);
  }
  for (const character of name) {
    if (character.charCodeAt(0) < 128 && !/[A-Za-z0-9_]/.test(character)) {
      throw new MongoError(
        'FailedToParse',
        `'${name}' contains an invalid character for a variable name: '${character}'`,
      );
    }
  }
}
