/** What the original application's files hold. Each `error` says what is expected, for messages. */

import { z } from 'zod';
import { DESCRIPTION_EMBEDDING_LENGTH, IMAGE_EMBEDDING_LENGTH, isMoney, MONTH_KEYS, slug } from '../../domain/index.ts';

const COST_MAX = 1_000_000;
const NAME_CHARACTERS_MAX = 120;
/** Keeps a product's document below 2 KB, as devices need. */
const DESCRIPTION_CHARACTERS_MAX = 1000;

/** A name of a category, type or product: it must leave something for an id, and fit on one line. */
export const isName = (name: string): boolean =>
  name.length <= NAME_CHARACTERS_MAX && !/[\u0000-\u001f\u007f]/.test(name) && slug(name) !== '';
export const NAME_EXPECTED = `a name with letters or digits on one line of at most ${NAME_CHARACTERS_MAX} characters`;

const name = z.string({ error: NAME_EXPECTED }).trim().refine(isName, { error: NAME_EXPECTED });

const skuExpected = 'an SKU: a text of 1 to 40 characters without blanks';
const sku = z.string({ error: skuExpected }).regex(/^[^\s\u0000-\u001f]{1,40}$/, { error: skuExpected });

const costExpected = `a cost above 0 and at most ${COST_MAX}, with two decimals at most`;
const cost = z
  .number({ error: costExpected })
  .refine((value) => value > 0 && value <= COST_MAX && isMoney(value), { error: costExpected });

const descriptionExpected = `a text of 1 to ${DESCRIPTION_CHARACTERS_MAX} characters`;
const description = z
  .string({ error: descriptionExpected })
  .trim()
  .min(1, { error: descriptionExpected })
  .max(DESCRIPTION_CHARACTERS_MAX, { error: descriptionExpected });

function embedding(length: number) {
  const expected = `a list of ${length} numbers, not all 0`;
  // One check for the whole list: a file has a million of these numbers.
  return z.custom<readonly number[]>(
    (value) =>
      Array.isArray(value) &&
      value.length === length &&
      value.every((number) => Number.isFinite(number)) &&
      value.some((number) => number !== 0),
    { error: expected },
  );
}

const stockLevelExpected = 'a whole number from 0';
const imagePathExpected = 'a file name';

const productFields = {
  name,
  sku,
  price: cost,
  description,
  stock_level: z.int({ error: stockLevelExpected }).min(0, { error: stockLevelExpected }).optional(),
  image_path: z.string({ error: imagePathExpected }).min(1, { error: imagePathExpected }).optional(),
  image_embedding: embedding(IMAGE_EMBEDDING_LENGTH).optional(),
  description_embedding: embedding(DESCRIPTION_EMBEDDING_LENGTH).optional(),
};

const strictly = <Fields extends z.core.$ZodShape>(fields: Fields) =>
  z.strictObject(fields, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `only the fields ${Object.keys(fields).join(', ')}`
        : 'a product (an object)',
  });

/** A product under its type, in the form with "main_categories". */
export const nestedProductSchema = strictly(productFields);
/** A product of the flat form, which names its category and type. */
export const flatProductSchema = strictly({ ...productFields, main_category: name, subcategory: name });

export type OriginalProduct = z.infer<typeof nestedProductSchema>;

const multiplierExpected = 'a multiplier above 0 and at most 100';
const multipliersExpected = `a list of ${MONTH_KEYS.length} multipliers, January first`;
export const multipliersSchema = z
  .array(
    z
      .number({ error: multiplierExpected })
      .positive({ error: multiplierExpected })
      .max(100, { error: multiplierExpected }),
    { error: multipliersExpected },
  )
  .length(MONTH_KEYS.length, { error: multipliersExpected });
