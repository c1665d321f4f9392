import { defineErrors, type ErrorTable } from '../domain/index.ts';

export const generatorErrors = {
  CONFIG_NOT_FOUND: {
    fix: 'Give the path of a generation configuration; the default is config/generation_config.yaml.',
  },
  CONFIG_SYNTAX: { fix: 'Correct the YAML at the place that the message names.' },
  CONFIG_INVALID: {
    fix: 'Correct the keys that the message names; config/generation_config.yaml of the repository is a valid example.',
  },
  OVERRIDE_INVALID: {
    fix: 'Correct the flag or the variable (NUM_CUSTOMERS, NUM_ORDERS, START_DATE, END_DATE, SEED) of that name.',
  },
  CATALOG_EMPTY: { fix: 'Give a catalogue with at least one product.' },
  REFERENCE_STORE_UNKNOWN: {
    fix: 'Add the store, with its location and floor plan, to `stores` of the generation configuration.',
  },
  MANIFEST_NOT_READY: { fix: 'Read all batches of the data set first; the manifest is complete after the last one.' },
} as const satisfies ErrorTable;

/** A fault of the generator's input that its reader can act on. */
export class GeneratorError extends defineErrors('GeneratorError', generatorErrors) {}
