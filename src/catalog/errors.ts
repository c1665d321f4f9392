import { defineErrors, type ErrorTable } from '../domain/index.ts';

export const catalogErrors = {
  CATALOG_NOT_FOUND: {
    fix: 'Check the path given to `--catalog`: a products.json, a product_data.json, or a folder that holds one.',
  },
  CATALOG_UNREADABLE: { fix: 'Make the file readable for the user who runs this program, or copy it elsewhere.' },
  CATALOG_FILE_MISSING: {
    fix: 'Put product_data.json or products.json into the folder, or give the path of the file itself.',
  },
  CATALOG_FILE_TOO_LARGE: { fix: 'Check that this is a catalogue; the original one has 19 MB with its embeddings.' },
  CATALOG_FILE_EMPTY: { fix: 'Copy or download the file again: it holds nothing.' },
  CATALOG_NOT_UTF8: { fix: 'Save the file as UTF-8, without compression.' },
  CATALOG_JSON_MALFORMED: { fix: 'Correct the file at the place named, or copy it again if its end is missing.' },
  CATALOG_KEY_REPEATED: { fix: 'Merge the two entries into one: of two equal keys a JSON reader keeps only the last.' },
  CATALOG_FORM_UNKNOWN: {
    fix: 'Give a file with "main_categories" (product_data.json) or with "products" (products.json) at its top.',
  },
  CATALOG_CONTENT_INVALID: { fix: 'Correct the places named; nothing has been taken from the file.' },
  CATALOG_NAME_REPEATED: { fix: 'Rename or merge them: categories and types are told apart by their names.' },
  CATALOG_SKU_REPEATED: { fix: 'Give each product an SKU of its own; names may repeat, SKUs may not.' },
  CATALOG_SEASONS_UNKNOWN: {
    fix: 'Use the form with "main_categories", which carries 12 multipliers per category, or a known category name.',
  },
  CATALOG_HAS_NO_PRODUCTS: { fix: 'Put at least one product into the file.' },
  REFERENCE_DATA_INVALID: {
    fix: 'Correct reference_data.json at the places named, or take it out of the folder to use the defaults.',
  },
  PRODUCT_INPUT_INVALID: { fix: 'Correct the fields named; no product was added.' },
} as const satisfies ErrorTable;

export type CatalogErrorCode = keyof typeof catalogErrors;

/**
 * A catalogue, or a product, that can't be taken. `data` holds what is known of `file`, `line`, `column`, `jsonPath`,
 * `expected` and `got`, and `problems` when there are several.
 */
export class CatalogError extends defineErrors('CatalogError', catalogErrors) {}

/** One thing wrong at one place of a file or an input. */
export interface Problem {
  /** Keys from the top of the value down to the place. */
  readonly path: readonly (string | number)[];
  readonly expected: string;
  readonly got: string;
}

/** `main_categories["HAND TOOLS"].HAMMERS[0].price`; the whole value is "the top". */
export function jsonPathText(path: readonly (string | number)[]): string {
  if (path.length === 0) return 'the top';
  return path
    .map((key, index) => {
      if (typeof key === 'number') return `[${key}]`;
      if (!/^[A-Za-z_]\w*$/.test(key)) return `[${JSON.stringify(key)}]`;
      return index === 0 ? key : `.${key}`;
    })
    .join('');
}
