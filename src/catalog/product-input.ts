/** A product as a person gives it to `zava product add`. */

import { z } from 'zod';
import { centsFromMoney, isMoney } from '../domain/index.ts';
import type { Specifications } from './catalog.ts';
import { CatalogError, jsonPathText, type Problem } from './errors.ts';
import { isName, NAME_EXPECTED } from './original/content-schemas.ts';
import { problemsFrom } from './original/problems.ts';

const COST_MAX = 1_000_000;
const DESCRIPTION_CHARACTERS = { min: 10, max: 600 };
const SPECIFICATIONS_MAX = 20;

export interface ProductInput {
  readonly name: string;
  /** The name of an existing product type, as that type writes it. */
  readonly typeName: string;
  readonly costCents: number;
  readonly description: string;
  readonly specifications: Specifications;
  /** When it is missing, take {@link nextSku}. */
  readonly sku?: string;
}

const name = z.string({ error: NAME_EXPECTED }).trim().refine(isName, { error: NAME_EXPECTED });
const costExpected = `a cost such as 12.50, above 0 and at most ${COST_MAX}`;
const cost = z
  .union(
    [
      z.number(),
      z
        .string()
        .regex(/^\s*\d{1,7}(\.\d{1,2})?\s*$/)
        .transform(Number),
    ],
    { error: costExpected },
  )
  .refine((value) => isMoney(value) && value > 0 && value <= COST_MAX, { error: costExpected });
const descriptionExpected = `a text of ${DESCRIPTION_CHARACTERS.min} to ${DESCRIPTION_CHARACTERS.max} characters`;
const specificationKeyExpected = 'names in small letters with the unit at the end, such as weight_kg';
const specificationValueExpected = 'a number, or a text of 1 to 120 characters';
const specificationsExpected = `1 to ${SPECIFICATIONS_MAX} specifications, such as weight_kg=0.45`;
const skuExpected = 'an SKU: 2 to 40 capital letters, digits and hyphens';

const specificationKey = /^[a-z][a-z0-9_]{0,39}$/;
const fields = {
  name,
  type: z.string({ error: 'the name of a product type' }).trim().min(1, { error: 'the name of a product type' }),
  cost,
  description: z
    .string({ error: descriptionExpected })
    .trim()
    .min(DESCRIPTION_CHARACTERS.min, { error: descriptionExpected })
    .max(DESCRIPTION_CHARACTERS.max, { error: descriptionExpected }),
  specifications: z
    .record(
      z.string(),
      z.union([z.number(), z.string().trim().min(1).max(120)], { error: specificationValueExpected }),
      { error: specificationsExpected },
    )
    .refine((map) => Object.keys(map).length >= 1 && Object.keys(map).length <= SPECIFICATIONS_MAX, {
      error: specificationsExpected,
    })
    .refine((map) => Object.keys(map).every((key) => specificationKey.test(key)), { error: specificationKeyExpected }),
  sku: z
    .string({ error: skuExpected })
    .regex(/^[A-Z0-9][A-Z0-9-]{1,39}$/, { error: skuExpected })
    .optional(),
};

/** For forms and for the JSON schema of a tool; {@link parseProductInput} also knows which types there are. */
export const productInputSchema = z.strictObject(fields, {
  error: (issue) =>
    issue.code === 'unrecognized_keys' ? `only the fields ${Object.keys(fields).join(', ')}` : 'a product (an object)',
});

/**
 * Checks a product against the types there are; `type` is found whatever its capitals. Throws
 * `PRODUCT_INPUT_INVALID` with every wrong field in `data.problems`.
 */
export function parseProductInput(input: unknown, typeNames: readonly string[]): ProductInput {
  const parsed = productInputSchema.safeParse(input);
  const problems = parsed.success ? [] : problemsFrom(parsed.error.issues, input, []);
  const given = (input as { type?: unknown } | null)?.type;
  const typeName = typeof given === 'string' ? sameName(given, typeNames) : undefined;
  if (typeof given === 'string' && given.trim() !== '' && typeName === undefined) {
    problems.push({ path: ['type'], expected: `one of ${nearest(given, typeNames).join(', ')}`, got: given });
  }
  if (!parsed.success || typeName === undefined) throw inputError(problems);
  const { name: productName, cost: costMoney, description, specifications, sku } = parsed.data;
  const product = { name: productName, typeName, costCents: centsFromMoney(costMoney), description, specifications };
  return sku === undefined ? product : { ...product, sku };
}

function inputError(problems: readonly Problem[]): CatalogError {
  const placed = problems.map(({ path, expected, got }) => ({ jsonPath: jsonPathText(path), expected, got }));
  return new CatalogError(
    'PRODUCT_INPUT_INVALID',
    placed.map(({ jsonPath, expected, got }) => `${jsonPath}: expected ${expected}, got ${got}.`).join('\n'),
    { data: { problems: placed } },
  );
}

const sameName = (given: string, names: readonly string[]): string | undefined =>
  names.find((one) => one.toLowerCase() === given.trim().toLowerCase());

/** The types that share a word's beginning with what was typed; all of them when none does. */
function nearest(given: string, typeNames: readonly string[]): readonly string[] {
  const beginnings = given
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word.length >= 3)
    .map((word) => word.slice(0, 4));
  const near = typeNames.filter((typeName) =>
    beginnings.some((beginning) => typeName.toLowerCase().includes(beginning)),
  );
  return near.length > 0 ? near : typeNames;
}

/** "weight_kg=0.45" → ['weight_kg', 0.45]: what looks like a number is one. Throws `PRODUCT_INPUT_INVALID`. */
export function specificationFromText(text: string): readonly [name: string, value: string | number] {
  const [key, value] = splitOnce(text, '=');
  if (value === undefined || value.trim() === '') {
    throw inputError([{ path: ['specifications'], expected: 'name=value, such as weight_kg=0.45', got: text }]);
  }
  const trimmed = value.trim();
  return [key.trim(), /^-?\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : trimmed];
}

function splitOnce(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

/**
 * The next free SKU of a type: the highest of its numbers plus one, in the same width. A type without products
 * gets a prefix from its name. `takenSkus` are all SKUs there are, hidden products included.
 */
export function nextSku(typeName: string, skusOfType: readonly string[], takenSkus: ReadonlySet<string>): string {
  const numbered = skusOfType
    .map((sku) => /^(.*?)(\d+)$/.exec(sku))
    .filter((found) => found !== null)
    .map(([, prefix = '', digits = '']) => ({ prefix, digits, number: Number(digits) }))
    .sort((one, other) => one.number - other.number);
  const last = numbered.at(-1);
  const prefix =
    last?.prefix ??
    `${
      typeName
        .replace(/[^A-Za-z]/g, '')
        .slice(0, 3)
        .toUpperCase() || 'NEW'
    }-`;
  const width = last?.digits.length ?? 2;
  for (let number = (last?.number ?? 0) + 1; ; number++) {
    const sku = `${prefix}${String(number).padStart(width, '0')}`;
    if (!takenSkus.has(sku)) return sku;
  }
}
