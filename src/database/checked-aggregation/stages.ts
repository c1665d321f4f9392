/** The stages that a pipeline may have. A new one is a line of the table at the end. */
import type { CheckStage } from './checked-stage.ts';
import { checkExpression, checkNames } from './expressions.ts';
import { checkFieldName, checkPath, isName } from './fields.ts';
import { checkBucket, checkBucketAuto, checkGroup, checkSortByCount, checkWindows } from './group-stages.ts';
import { SAMPLE_MAX } from './limits.ts';
import { isPlainObject, type PlainObject, type PlainValue } from './plain-value.ts';
import { checkFilter } from './query-filter.ts';
import { inWords, refuse } from './refusal.ts';
import { checkSort } from './sort.ts';
import { checkFacet, checkLookup, checkUnionWith } from './source-stages.ts';

const checkMatch: CheckStage = (value, place, uses, { variables }) => {
  checkFilter(value, place, { variables, uses });
  return value;
};

const checkSortStage: CheckStage = (value, place, uses) => {
  checkSort(value, place, uses);
  return value;
};

const checkCount: CheckStage = (value, place) => checkFieldName(value, place);

const wholeNumber =
  (least: number, most: number): CheckStage =>
  (value, place) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most)
      refuse({ place, expected: `a whole number from ${least} to ${most}`, came: inWords(value) });
    return value;
  };

const checkSample: CheckStage = (value, place, uses, ...rest) => {
  const { size } = checkNames(value, ['size'], place);
  wholeNumber(1, SAMPLE_MAX)(size ?? null, `${place}.size`, uses, ...rest);
  return value;
};

const checkUnset: CheckStage = (value, place, uses) => {
  uses.whole = true;
  for (const path of [value].flat() as PlainValue[]) checkPath(path, place);
  return value;
};

const checkUnwind: CheckStage = (value, place, uses) => {
  const given = isPlainObject(value)
    ? checkNames(value, ['path', 'includeArrayIndex', 'preserveNullAndEmptyArrays'], place)
    : { path: value };
  const { path, includeArrayIndex, preserveNullAndEmptyArrays } = given as PlainObject;
  if (typeof path !== 'string' || !path.startsWith('$'))
    refuse({ place, expected: 'a field such as "$lines"', came: inWords(path) });
  checkPath(path.slice(1), place);
  if (includeArrayIndex !== undefined) checkPath(includeArrayIndex, `${place}.includeArrayIndex`);
  if (preserveNullAndEmptyArrays !== undefined && typeof preserveNullAndEmptyArrays !== 'boolean')
    refuse({ place, expected: 'true or false', came: inWords(preserveNullAndEmptyArrays) });
  uses.whole = true;
  return value;
};

const checkReplacement: CheckStage = (value, place, uses, { variables }) => {
  uses.whole = true;
  checkExpression(value, place, { variables, uses });
  return value;
};

const checkReplaceRoot: CheckStage = (value, place, uses, ...rest) => {
  const { newRoot } = checkNames(value, ['newRoot'], place);
  checkReplacement(newRoot ?? null, `${place}.newRoot`, uses, ...rest);
  return value;
};

/** `$project`, `$set`: fields, also nested, with expressions; 1 and 0 are just numbers among them. */
const checkFields: CheckStage = (value, place, uses, { variables }) => {
  if (!isPlainObject(value) || Object.keys(value).length === 0)
    refuse({ place, expected: 'fields with values', came: inWords(value) });
  uses.whole = true;
  for (const [path, expression] of Object.entries(value)) {
    checkPath(path, `${place}.${path}`);
    checkNested(expression, `${place}.${path}`, (leaf, at) => checkExpression(leaf, at, { variables, uses }));
  }
  return value;
};

/** `{ location: { city: 1 } }`, `{ location: { 'a.b': 1 } }` */
function checkNested(value: PlainValue, place: string, checkLeaf: (leaf: PlainValue, place: string) => void): void {
  const isFields = isPlainObject(value) && Object.keys(value).every((name) => name.split('.').every(isName));
  if (!isFields) {
    checkLeaf(value, place);
    return;
  }
  for (const [path, inner] of Object.entries(value)) checkNested(inner, `${place}.${path}`, checkLeaf);
}

/** By name. What is not here is refused; vocabulary.ts says what to use instead. */
export const allowedStages: Readonly<Record<string, CheckStage>> = {
  $addFields: checkFields,
  $bucket: checkBucket,
  $bucketAuto: checkBucketAuto,
  $count: checkCount,
  $facet: checkFacet,
  $group: checkGroup,
  $limit: wholeNumber(1, 1_000_000),
  $lookup: checkLookup,
  $match: checkMatch,
  $project: checkFields,
  $replaceRoot: checkReplaceRoot,
  $replaceWith: checkReplacement,
  $sample: checkSample,
  $set: checkFields,
  $setWindowFields: checkWindows,
  $skip: wholeNumber(0, 1_000_000_000),
  $sort: checkSortStage,
  $sortByCount: checkSortByCount,
  $unionWith: checkUnionWith,
  $unset: checkUnset,
  $unwind: checkUnwind,
};
