/** Runs a pipeline in slices: the stages hand on the BREATHE of their source and give their own, for whoever pulls to await. */
import type { CompiledStage, Stream } from '../aggregation/index.ts';

export function runBreathing(stages: readonly CompiledStage[], source: Stream): Stream {
  let stream = source;
  for (const stage of stages) stream = stage.run(stream);
  return stream;
}
