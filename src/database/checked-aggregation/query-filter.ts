/** Checks the filter of a `$match`: known operators, fields by their paths. Notes what it reads. */
import { checkExpression, type ExpressionContext, refuseName } from './expressions.ts';
import { checkPath } from './fields.ts';
import { checkPattern } from './patterns.ts';
import { isPlainObject, type PlainValue } from './plain-value.ts';
import { inWords, refuse } from './refusal.ts';

const BRANCHES: ReadonlySet<string> = new Set(['$and', '$nor', '$or']);
const VALUES: ReadonlySet<string> = new Set(['$eq', '$gt', '$gte', '$lt', '$lte', '$ne']);
const LISTS: ReadonlySet<string> = new Set(['$all', '$in', '$nin']);
const CONDITIONS = [...VALUES, ...LISTS, '$elemMatch', '$exists', '$mod', '$not', '$regex', '$size', '$type'];

const ARGUMENTS: Readonly<Record<string, { readonly expected: string; holds(argument: PlainValue): boolean }>> = {
  $exists: { expected: 'true or false', holds: (argument) => typeof argument === 'boolean' },
  $mod: {
    expected: 'a divisor and a remainder',
    holds: (argument) => Array.isArray(argument) && argument.length === 2 && argument.every(Number.isInteger),
  },
  $not: { expected: 'operators', holds: isPlainObject },
  $size: { expected: 'a whole number', holds: Number.isInteger },
  $type: {
    expected: 'names of types',
    holds: (argument) => [argument].flat().every((type) => typeof type === 'string'),
  },
};

export function checkFilter(value: PlainValue | undefined, place: string, context: ExpressionContext): void {
  if (!isPlainObject(value))
    refuse({ place, expected: 'a filter: fields with values or conditions', came: inWords(value) });
  for (const [name, part] of Object.entries(value)) {
    const at = `${place}.${name}`;
    if (BRANCHES.has(name)) checkBranches(part, at, context);
    else if (name === '$expr') checkExpression(part, at, context);
    else if (name.startsWith('$')) refuseName(name, at, [...BRANCHES, '$expr']);
    else {
      checkPath(name, at, context.uses);
      checkCondition(part, at, context);
    }
  }
}

function checkBranches(value: PlainValue, place: string, context: ExpressionContext): void {
  if (!Array.isArray(value) || value.length === 0)
    refuse({ place, expected: 'a list of filters', came: inWords(value) });
  for (const [index, branch] of value.entries()) checkFilter(branch, `${place}[${index}]`, context);
}

/** A value to be equal to, or operators. */
function checkCondition(value: PlainValue, place: string, context: ExpressionContext): void {
  if (!isPlainObject(value) || !Object.keys(value).some((name) => name.startsWith('$'))) {
    checkValue(value, place);
    return;
  }
  for (const [operator, argument] of Object.entries(value)) {
    const at = `${place}.${operator}`;
    if (VALUES.has(operator)) checkValue(argument, at);
    else if (LISTS.has(operator)) checkList(argument, at);
    else checkOtherCondition(operator, argument, at, value['$options'], context);
  }
  if (value['$options'] !== undefined && value['$regex'] === undefined)
    refuse({ place: `${place}.$options`, expected: '$regex beside it', came: inWords(value) });
}

function checkOtherCondition(
  operator: string,
  argument: PlainValue,
  place: string,
  options: PlainValue | undefined,
  context: ExpressionContext,
): void {
  if (operator === '$options') return;
  if (operator === '$regex') checkPattern(argument, options, place);
  else if (operator === '$elemMatch') checkElementMatch(argument, place, context);
  else if (operator === '$not' && isPlainObject(argument)) checkCondition(argument, place, context);
  else {
    const form = ARGUMENTS[operator] ?? refuseName(operator, place, CONDITIONS);
    if (!form.holds(argument)) refuse({ place, expected: form.expected, came: inWords(argument) });
  }
}

/** Conditions of the elements themselves, or a filter of the fields that they have. */
function checkElementMatch(value: PlainValue, place: string, context: ExpressionContext): void {
  if (!isPlainObject(value)) refuse({ place, expected: 'conditions', came: inWords(value) });
  const isFilter = Object.keys(value).every((name) => !name.startsWith('$') || BRANCHES.has(name));
  if (!isFilter) {
    checkCondition(value, place, context);
    return;
  }
  if (Object.hasOwn(value, '$expr')) refuse({ place, expected: 'no $expr in $elemMatch', came: '$expr' });
  // The fields are those of an element; what is read of the document is already noted.
  checkFilter(value, place, { ...context, uses: { fields: new Set(), whole: false, mayFail: false } });
}

/** Nothing in a value is an operator: `{ $eq: { $gt: 1 } }` would compare with a field named so, and is a mistake. */
function checkValue(value: PlainValue, place: string): void {
  if (Array.isArray(value)) {
    for (const [index, part] of value.entries()) checkValue(part, `${place}[${index}]`);
    return;
  }
  if (!isPlainObject(value)) return;
  for (const [name, part] of Object.entries(value)) {
    if (name.startsWith('$'))
      refuse({
        place: `${place}.${name}`,
        expected: 'a plain value',
        came: inWords(name),
        ...(name === '$date' ? { instead: 'Times in this data are texts such as "2026-11-21T09:30:00.000Z".' } : {}),
      });
    checkValue(part, `${place}.${name}`);
  }
}

function checkList(value: PlainValue, place: string): void {
  if (!Array.isArray(value)) refuse({ place, expected: 'a list of values', came: inWords(value) });
  checkValue(value, place);
}
