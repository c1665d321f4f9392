export { identical } from './identical.ts';
export { type CompiledUpdate, type CompilePipeline, compileUpdate, type UpdateOptions } from './update.ts';
export { documentFromEqualities, equalitiesOf } from './upsert-base.ts';
