/**
 * Runs a pipeline in slices. Stages are synchronous generators and cannot pause, so this drives them: streaming stages get
 * their documents in small portions, blocking ones have theirs pushed, and BREATHE comes out whenever the slice is over.
 */
import type { CompiledStage } from '../aggregation/index.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import { BREATHE, type Breathe } from '../planner/rows.ts';
import { numberOf } from './arguments.ts';

/** Stages that make of each document what they make of it, whatever came before. Portions of them can run by themselves. */
const STATELESS = new Set([
  '$addFields',
  '$graphLookup',
  '$lookup',
  '$match',
  '$merge',
  '$out',
  '$project',
  '$redact',
  '$replaceRoot',
  '$replaceWith',
  '$set',
  '$unset',
  '$unwind',
]);
const PORTION_MAX = 32;
/** Documents between two looks at the clock. A power of two. */
const PACE = 32;

type Stream = Iterable<Document | Breathe>;

export function runBreathing(stages: readonly CompiledStage[], source: Stream, due: () => boolean): Stream {
  let stream = source;
  for (let next = 0; next < stages.length; next++) {
    const stage = stages[next] as CompiledStage;
    if (STATELESS.has(stage.name)) {
      const from = next;
      while (STATELESS.has(stages[next + 1]?.name ?? '')) next += 1;
      stream = inPortions(stages.slice(from, next + 1), stream, due);
    } else if (stage.name === '$limit') {
      stream = firstOf(stream, countOf(stage));
    } else if (stage.name === '$skip') {
      stream = afterFirst(stream, countOf(stage));
    } else if (stage.blocking) {
      stream = collected(stage, stream, due);
    } else {
      stream = stage.run(withoutPauses(stream));
    }
  }
  return stream;
}

function countOf(stage: CompiledStage): number {
  return numberOf(stage.spec[stage.name] as BsonValue) ?? 0;
}

function* inPortions(
  stages: readonly CompiledStage[],
  input: Stream,
  due: () => boolean,
): Iterable<Document | Breathe> {
  let portion: Document[] = [];
  // Small at first: behind it may be a $limit that wants very few.
  let size = 1;
  for (const item of input) {
    if (item === BREATHE) {
      yield BREATHE;
      continue;
    }
    portion.push(item);
    if (portion.length < size) continue;
    yield* through(stages, portion);
    portion = [];
    size = Math.min(PORTION_MAX, size * 2);
    if (due()) yield BREATHE;
  }
  if (portion.length > 0) yield* through(stages, portion);
}

function through(stages: readonly CompiledStage[], documents: Iterable<Document>): Iterable<Document> {
  let stream = documents;
  for (const stage of stages) stream = stage.run(stream);
  return stream;
}

function* firstOf(input: Stream, limit: number): Iterable<Document | Breathe> {
  let left = limit;
  for (const item of input) {
    yield item;
    if (item !== BREATHE && --left <= 0) return;
  }
}

function* afterFirst(input: Stream, skip: number): Iterable<Document | Breathe> {
  let left = skip;
  for (const item of input) {
    if (item === BREATHE || left <= 0) yield item;
    else left -= 1;
  }
}

function* collected(stage: CompiledStage, input: Stream, due: () => boolean): Iterable<Document | Breathe> {
  // A stage that cannot be pushed to holds its whole input anyway.
  const held: Document[] = [];
  const collector = stage.collect?.();
  let count = 0;
  for (const item of input) {
    if (item === BREATHE) {
      yield BREATHE;
      continue;
    }
    if (collector === undefined) held.push(item);
    else collector.add(item);
    count += 1;
    if (count % PACE === 0 && due()) yield BREATHE;
  }
  yield* collector === undefined ? stage.run(held) : collector.finish();
}

function* withoutPauses(input: Stream): Iterable<Document> {
  for (const item of input) if (item !== BREATHE) yield item;
}
