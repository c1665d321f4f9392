/** Checks the stages that bring documents together: `$group`, `$bucket`, `$bucketAuto`, `$sortByCount`, `$setWindowFields`. */
import type { CheckStage, StageContext } from './checked-stage.ts';
import { checkArguments, checkExpression, checkNames, type ExpressionContext, refuseName } from './expressions.ts';
import { checkFieldName, type Uses } from './fields.ts';
import { isPlainObject, type PlainValue } from './plain-value.ts';
import { inWords, refuse } from './refusal.ts';
import { checkSort } from './sort.ts';
import { ACCUMULATORS, NAMED_ACCUMULATORS, WINDOW_NAMED, WINDOW_PLAIN, WINDOW_RANKS } from './vocabulary.ts';

const expressionsIn = ({ variables }: StageContext, uses: Uses): ExpressionContext => ({ variables, uses });

export const checkGroup: CheckStage = (value, place, uses, context) => {
  if (!isPlainObject(value) || !Object.hasOwn(value, '_id'))
    refuse({ place, expected: 'an object with _id and accumulators', came: inWords(value) });
  const { _id, ...outputs } = value;
  checkExpression(_id as PlainValue, `${place}._id`, expressionsIn(context, uses));
  checkOutputs(outputs, place, expressionsIn(context, uses));
  return value;
};

export const checkBucket: CheckStage = (value, place, uses, context) => {
  const {
    groupBy,
    boundaries,
    default: others,
    output,
  } = checkNames(value, ['groupBy', 'boundaries', 'default', 'output'], place);
  const expressions = expressionsIn(context, uses);
  checkExpression(groupBy ?? null, `${place}.groupBy`, expressions);
  checkExpression(boundaries ?? null, `${place}.boundaries`, expressions);
  checkExpression(others ?? null, `${place}.default`, expressions);
  if (output !== undefined) checkOutputs(output, `${place}.output`, expressions);
  return value;
};

export const checkBucketAuto: CheckStage = (value, place, uses, context) => {
  const { groupBy, output } = checkNames(value, ['groupBy', 'buckets', 'output', 'granularity'], place);
  checkExpression(groupBy ?? null, `${place}.groupBy`, expressionsIn(context, uses));
  if (output !== undefined) checkOutputs(output, `${place}.output`, expressionsIn(context, uses));
  return value;
};

export const checkSortByCount: CheckStage = (value, place, uses, context) => {
  checkExpression(value, place, expressionsIn(context, uses));
  return value;
};

export const checkWindows: CheckStage = (value, place, uses, context) => {
  const { partitionBy, sortBy, output } = checkNames(value, ['partitionBy', 'sortBy', 'output'], place);
  const expressions = expressionsIn(context, uses);
  if (partitionBy !== undefined) checkExpression(partitionBy, `${place}.partitionBy`, expressions);
  if (sortBy !== undefined) checkSort(sortBy, `${place}.sortBy`, uses);
  if (!isPlainObject(output)) refuse({ place: `${place}.output`, expected: 'fields', came: inWords(output) });
  for (const [field, spec] of Object.entries(output)) {
    const at = `${place}.output.${field}`;
    for (const name of field.split('.')) checkFieldName(name, at);
    if (!isPlainObject(spec)) refuse({ place: at, expected: 'a window operator', came: inWords(spec) });
    const { window, ...operator } = spec;
    if (window !== undefined) checkWindow(window, `${at}.window`);
    checkAccumulator(operator, at, expressions, true);
  }
  return value;
};

function checkOutputs(value: PlainValue, place: string, context: ExpressionContext): void {
  if (!isPlainObject(value)) refuse({ place, expected: 'fields with accumulators', came: inWords(value) });
  for (const [field, accumulator] of Object.entries(value)) {
    checkFieldName(field, `${place}.${field}`);
    checkAccumulator(accumulator, `${place}.${field}`, context, false);
  }
}

function checkAccumulator(value: PlainValue, place: string, context: ExpressionContext, isWindow: boolean): void {
  const names = isPlainObject(value) ? Object.keys(value) : [];
  const [name] = names;
  if (name === undefined || names.length > 1)
    refuse({ place, expected: 'one accumulator such as { "$sum": "$total" }', came: inWords(value) });
  const argument = (value as Readonly<Record<string, PlainValue>>)[name] as PlainValue;
  const at = `${place}.${name}`;
  context.uses.mayFail = true;
  if (name === '$count' || (isWindow && WINDOW_RANKS.has(name))) {
    checkNames(argument, [], at);
    return;
  }
  if (ACCUMULATORS.has(name) || (isWindow && WINDOW_PLAIN.has(name))) {
    checkExpression(argument, at, context);
    return;
  }
  const named = isWindow ? { ...NAMED_ACCUMULATORS, ...WINDOW_NAMED } : NAMED_ACCUMULATORS;
  if (!Object.hasOwn(named, name)) refuseName(name, at, ['$count', ...ACCUMULATORS, ...Object.keys(named)]);
  checkArguments(argument, named[name] as readonly string[], at, context);
}

function checkWindow(value: PlainValue, place: string): void {
  const window = checkNames(value, ['documents', 'range', 'unit'], place);
  for (const bounds of [window['documents'], window['range']]) {
    if (bounds === undefined) continue;
    const isRight = Array.isArray(bounds) && bounds.length === 2 && bounds.every(isBound);
    if (!isRight) refuse({ place, expected: 'two bounds: numbers, "current" or "unbounded"', came: inWords(bounds) });
  }
}

const isBound = (bound: PlainValue) => typeof bound === 'number' || bound === 'current' || bound === 'unbounded';
