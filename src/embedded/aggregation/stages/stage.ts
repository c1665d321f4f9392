import type { Breathe } from '../../breathe.ts';
import type { BsonValue, Document } from '../../bson/values.ts';
import type { WorkSpace } from '../../spill/work-space.ts';
import type { ExpressionContext, Scope } from '../expressions/scope.ts';

/**
 * What flows between stages: documents, and BREATHE wherever a slice of work is over. A stage hands each BREATHE on at
 * once, and gives some of its own where it works for long.
 */
export type Stream = Iterable<Document | Breathe>;

/** Top-level fields, or 'all' where whole documents are needed. */
export type Fields = ReadonlySet<string> | 'all';

/** A stage that is ready to run, as often as needed. */
export interface CompiledStage {
  readonly name: string;
  /** As it was written. */
  readonly spec: Document;
  /** True where it must see its whole input before its first output. The others pass documents on as they are pulled. */
  readonly blocking: boolean;
  run(input: Stream): Stream;
  /** Which fields of its input it needs, given which are needed of its output. */
  needs(after: Fields): Fields;
  /** Whether a filter on this top-level field keeps its answer when it moves before this stage. Absent: never. */
  keeps?(field: string): boolean;
  /** One document out for each document in, in the same order: $skip and $limit may move before it. */
  readonly oneToOne?: boolean;
  /** Set on `$out` and `$merge`: where the documents go. Running the stage only passes them on; the server writes. */
  readonly output?: OutputSpec;
  /** More of explain's execution statistics: what it held and spilled in its last run. */
  figures?(): Document;
}

/** What `$out` and `$merge` ask of the server once it has pulled the documents. */
export type OutputSpec =
  | { readonly kind: 'out'; readonly namespace: string }
  | {
      readonly kind: 'merge';
      readonly namespace: string;
      /** The fields that identify a document; the target must have a unique index on them. */
      readonly on: readonly string[];
      readonly whenMatched: 'replace' | 'keepExisting' | 'merge' | 'fail' | 'pipeline';
      readonly whenNotMatched: 'insert' | 'discard' | 'fail';
      /** What becomes of a document that exists; null to leave it. Throws DuplicateKey for 'fail'. */
      combine(existing: Document, incoming: Document): Document | null;
    };

export type StageRun = Pick<CompiledStage, 'run' | 'needs'> & Partial<CompiledStage>;

/** Where a stage may stand. */
export interface StagePlace {
  /** Position in its pipeline. */
  readonly index: number;
  readonly last: boolean;
}

/** A pipeline stage: how its argument is checked and becomes a function. Its name is its key in the table. */
export interface StageDefinition {
  readonly summary: string;
  /** Must be the first stage of its pipeline. */
  readonly first?: true;
  /** Must be the last stage of its pipeline. */
  readonly last?: true;
  /** Refused inside `$facet`. */
  readonly notInFacet?: true;
  compile(argument: BsonValue, context: StageContext, name: string): StageRun;
}

/** What a stage asks of documents in another collection. */
export interface SourceRequest {
  /** A filter that the source should use an index for. Whatever it yields matches it. */
  readonly filter?: Document;
  readonly sort?: Document | undefined;
  readonly skip?: number | undefined;
  readonly limit?: number | undefined;
  /** The top-level fields that are needed; others may be left out. */
  readonly fields?: Fields;
  readonly collation?: Document | undefined;
}

/** What the server gives to pipelines. All of it is synchronous: a pipeline runs inside one snapshot. */
export interface PipelineSource {
  /** The documents of a namespace ('database.collection') that the request asks for. An unknown namespace is empty. */
  open(namespace: string, request: SourceRequest): Stream;
  /** False where an equality on the path would cost a scan of the whole collection each time. Absent: unknown. */
  seeks?(namespace: string, path: string): boolean;
  /** The view's definition where the namespace is a view. `open` then isn't called for it, but for what it is on. */
  view?(namespace: string): { readonly viewOn: string; readonly pipeline: readonly Document[] } | undefined;
  /** The nearest documents of a `$vectorSearch` through an index; undefined where there is no such index. */
  vectorIndex?(
    namespace: string,
    index: string,
  ): { readonly path: string; readonly similarity: Similarity; readonly dimensions: number } | undefined;
  /** First stages that only the server can answer: `$indexStats`, `$collStats`, `$currentOp`, `$listSessions`, `$changeStream` … */
  readonly serverStages?: Readonly<Record<string, (argument: BsonValue, namespace: string) => Iterable<Document>>>;
}

export type Similarity = 'cosine' | 'dotProduct' | 'euclidean';

export interface PipelineContext extends ExpressionContext {
  /** 'database.collection' that the pipeline was sent to; 'database.$cmd.aggregate' for `aggregate: 1`. */
  readonly namespace: string;
  readonly source: PipelineSource;
  /** The collation as it was written, passed on to `source.open`. */
  readonly collationSpec?: Document | undefined;
  /** Throws when the operation was killed or has run out of time. Called every few hundred documents. */
  readonly checkInterrupt?: (() => void) | undefined;
  /** Whether the slice of work is over. Absent: never, and no BREATHE comes out but those of the source. */
  readonly due?: (() => boolean) | undefined;
  /** What blocking stages may use. Absent: MongoDB's bounds, without files. */
  readonly work?: WorkSpace | undefined;
}

/** A pipeline's context with what compilation adds to it. */
export interface StageContext extends PipelineContext {
  readonly scope: Scope;
  /** Whether to yield BREATHE; throws when the operation must not go on. Ask every few documents. */
  readonly due: () => boolean;
  readonly work: WorkSpace;
  /** How many pipelines this one lies inside. */
  readonly depth: number;
  /** Compiles a pipeline inside this one: of `$lookup`, `$facet`, `$unionWith`. */
  compileInner(stages: readonly Document[], options: InnerOptions): InnerPipeline;
}

export interface InnerOptions {
  readonly namespace: string;
  readonly scope: Scope;
  /** The name of the stage that holds it, for rules about what may stand where. */
  readonly inside: '$facet' | '$lookup' | '$unionWith' | '$graphLookup';
}

export interface InnerPipeline {
  readonly stages: readonly CompiledStage[];
  /** Runs all stages on these documents. */
  run(documents: Stream): Stream;
  /** Opens the collection with as much as possible of the pipeline, and `filter` before it, pushed down. */
  open(filter?: Document, fields?: Fields): Stream;
  needs(after: Fields): Fields;
}

export function databaseOf(namespace: string): string {
  const dot = namespace.indexOf('.');
  return dot < 0 ? namespace : namespace.slice(0, dot);
}

export function union(fields: Fields, more: Fields | Iterable<string>): Fields {
  if (fields === 'all' || more === 'all') return 'all';
  return new Set([...fields, ...more]);
}

export function without(fields: Fields, names: Iterable<string>): Fields {
  if (fields === 'all') return 'all';
  const left = new Set(fields);
  for (const name of names) left.delete(name);
  return left;
}

/** Documents between two looks at the clock. A power of two: `(++count & PACE) === 0`. */
export const PACE = 15;
