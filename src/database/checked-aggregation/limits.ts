/** What a pipeline of a stranger may ask for at most. A person's or an agent's question stays far below all of them. */
export const STAGES_MAX = 40;
/** Pipelines inside pipelines: `$lookup`, `$unionWith`, `$facet`. */
export const PIPELINE_DEPTH_MAX = 3;
/** `$lookup` and `$unionWith`, all of them together. */
export const SOURCES_MAX = 8;
export const VALUE_DEPTH_MAX = 40;
export const VALUES_MAX = 5_000;
export const TEXT_CHARS_MAX = 2_000;
export const NAME_CHARS_MAX = 200;
export const PATTERN_CHARS_MAX = 200;
export const SAMPLE_MAX = 1_000;

export const ROWS_DEFAULT = 100;
export const ROWS_MAX = 1_000;
/** Of the answer as JSON. */
export const ANSWER_BYTES_MAX = 1_000_000;
export const TIME_MS_MAX = 15_000;
