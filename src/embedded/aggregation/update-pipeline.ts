import type { Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { beginStroke } from '../stroke.ts';
import { isDocument } from './documents.ts';
import type { ExpressionContext } from './expressions/scope.ts';
import { compilePipeline } from './pipeline.ts';

const updateStages = new Set(['$addFields', '$project', '$replaceRoot', '$replaceWith', '$set', '$unset']);

/** Compiles the pipeline form of an update: a function from the document as it is to the document as it shall be. */
export function compileUpdatePipeline(
  stages: readonly Document[],
  context: ExpressionContext = {},
): (document: Document) => Document {
  for (const stage of stages) {
    const name = isDocument(stage) ? (Object.keys(stage)[0] ?? '') : '';
    if (!updateStages.has(name)) {
      throw new MongoError('InvalidOptions', `${name} is not allowed to be used within an update`);
    }
  }
  const pipeline = compilePipeline(stages, { ...context, namespace: '', source: { open: () => [] } });
  return (document) => {
    // The statement goes on at a stroke over all of its documents; what is bounded is what one of them may take.
    beginStroke();
    const [updated] = pipeline.run([document]);
    return updated!;
  };
}
