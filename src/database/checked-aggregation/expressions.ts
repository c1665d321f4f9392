/** Checks an expression: only known operators, variables that exist, fields by their paths. Notes what it reads. */
import { checkFieldName, checkPath, firstName, type Uses } from './fields.ts';
import { checkPattern } from './patterns.ts';
import { isPlainObject, type PlainObject, type PlainValue } from './plain-value.ts';
import { inWords, refuse } from './refusal.ts';
import { checkSort } from './sort.ts';
import {
  DATE_PARTS,
  INSTEAD_OF,
  NAMED_ARGUMENTS,
  PLAIN_OPERATORS,
  SERVER_VARIABLES,
  SPECIAL_OPERATORS,
} from './vocabulary.ts';

export interface ExpressionContext {
  /** Names of `let`, `$map` and the like that hold here. */
  readonly variables: ReadonlySet<string>;
  readonly uses: Uses;
}

/** Comparisons hold between any two values; everything else may find some that it cannot take. */
const NEVER_FAIL: ReadonlySet<string> = new Set([
  '$and',
  '$or',
  '$not',
  '$eq',
  '$ne',
  '$gt',
  '$gte',
  '$lt',
  '$lte',
  '$cmp',
]);

export function checkExpression(value: PlainValue, place: string, context: ExpressionContext): void {
  if (typeof value === 'string') {
    checkReference(value, place, context);
    return;
  }
  if (Array.isArray(value)) {
    for (const [index, part] of value.entries()) checkExpression(part, `${place}[${index}]`, context);
    return;
  }
  if (!isPlainObject(value)) return;
  const names = Object.keys(value);
  if (!names.some((name) => name.startsWith('$'))) {
    for (const name of names) {
      checkFieldName(name, `${place}.${name}`);
      checkExpression(value[name] as PlainValue, `${place}.${name}`, context);
    }
    return;
  }
  const [operator] = names as [string];
  if (names.length > 1) refuse({ place, expected: 'one operator alone', came: inWords(value) });
  checkOperator(operator, value[operator] as PlainValue, `${place}.${operator}`, context);
}

/** The named arguments of an operator, each an expression. */
export function checkArguments(
  value: PlainValue,
  names: readonly string[],
  place: string,
  context: ExpressionContext,
): PlainObject {
  const given = checkNames(value, names, place);
  for (const [name, argument] of Object.entries(given)) {
    if (name === 'sortBy') checkSort(argument, `${place}.${name}`, context.uses);
    else checkExpression(argument, `${place}.${name}`, context);
  }
  return given;
}

/** An object with no other names than these. */
export function checkNames(value: PlainValue | undefined, names: readonly string[], place: string): PlainObject {
  if (!isPlainObject(value)) refuse({ place, expected: `an object with ${names.join(', ')}`, came: inWords(value) });
  for (const name of Object.keys(value))
    if (!names.includes(name)) refuse({ place, expected: names.join(', '), came: inWords(name) });
  return value;
}

/** A name for a variable: MongoDB keeps those that begin with a capital for itself. */
export function checkVariableName(name: PlainValue, place: string): string {
  if (typeof name !== 'string' || !/^[a-z][A-Za-z0-9_]*$/.test(name))
    refuse({ place, expected: 'a name that begins with a small letter', came: inWords(name) });
  return name;
}

export function refuseName(name: string, place: string, known: Iterable<string>): never {
  const near = [...known].find((one) => one.toLowerCase() === name.toLowerCase());
  refuse({
    place,
    expected: near === undefined ? 'one of the allowed names' : inWords(near),
    came: inWords(name),
    instead:
      (Object.hasOwn(INSTEAD_OF, name) ? INSTEAD_OF[name] : undefined) ??
      `Allowed are ${[...known].sort().join(', ')}.`,
  });
}

function checkReference(text: string, place: string, { variables, uses }: ExpressionContext): void {
  if (!text.startsWith('$')) return;
  if (!text.startsWith('$$')) {
    checkPath(text.slice(1), place, uses);
    return;
  }
  const path = text.slice(2);
  const name = firstName(path);
  if (!variables.has(name) && !SERVER_VARIABLES.has(name))
    refuse({ place, expected: 'a variable that is known here', came: inWords(text) });
  const rest = path.slice(name.length + 1);
  if (rest !== '' || path.endsWith('.')) checkPath(rest, place);
  if (name === 'ROOT' || name === 'CURRENT') {
    if (rest === '') uses.whole = true;
    else uses.fields.add(firstName(rest));
  }
}

function checkOperator(operator: string, value: PlainValue, place: string, context: ExpressionContext): void {
  if (operator === '$literal') return;
  if (!NEVER_FAIL.has(operator)) context.uses.mayFail = true;
  if (PLAIN_OPERATORS.has(operator)) {
    checkExpression(value, place, context);
    return;
  }
  if (DATE_PARTS.has(operator)) {
    const isNamed = isPlainObject(value) && Object.hasOwn(value, 'date');
    if (isNamed) checkArguments(value, ['date', 'timezone'], place, context);
    else checkExpression(value, place, context);
    return;
  }
  switch (operator) {
    case '$cond':
      if (Array.isArray(value)) checkExpression(value, place, context);
      else checkArguments(value, ['if', 'then', 'else'], place, context);
      return;
    case '$getField':
      checkGetField(value, place, context);
      return;
    case '$setField':
    case '$unsetField':
      checkFieldConstant(checkNames(value, argumentsOf(operator), place)['field'], `${place}.field`);
      checkRest(value as PlainObject, ['input', 'value'], place, context);
      return;
    case '$let':
      checkLet(value, place, context);
      return;
    case '$filter':
    case '$map':
    case '$reduce':
      checkOverElements(operator, value, place, context);
      return;
    case '$regexFind':
    case '$regexFindAll':
    case '$regexMatch': {
      const { input, regex, options } = checkNames(value, argumentsOf(operator), place);
      // A text that begins with a dollar would be a field, and its values the patterns.
      checkPattern(typeof regex === 'string' && regex.startsWith('$') ? null : regex, options, `${place}.regex`);
      checkExpression(input ?? null, `${place}.input`, context);
      return;
    }
    case '$sortArray': {
      const { input, sortBy } = checkNames(value, argumentsOf(operator), place);
      checkExpression(input ?? null, `${place}.input`, context);
      if (sortBy !== 1 && sortBy !== -1) checkSort(sortBy, `${place}.sortBy`);
      return;
    }
    case '$switch':
      checkSwitch(value, place, context);
      return;
  }
  if (!Object.hasOwn(NAMED_ARGUMENTS, operator))
    refuseName(operator, place, [
      ...PLAIN_OPERATORS,
      ...DATE_PARTS,
      ...SPECIAL_OPERATORS,
      ...Object.keys(NAMED_ARGUMENTS),
    ]);
  checkArguments(value, argumentsOf(operator), place, context);
}

const argumentsOf = (operator: string): readonly string[] => NAMED_ARGUMENTS[operator] ?? [];

function checkRest(value: PlainObject, names: readonly string[], place: string, context: ExpressionContext): void {
  for (const name of names) if (value[name] !== undefined) checkExpression(value[name], `${place}.${name}`, context);
}

/** The name of a field as it stands, dots and dollars included: never one that is worked out. */
function checkFieldConstant(value: PlainValue | undefined, place: string): string {
  const name = isPlainObject(value) && Object.keys(value).join() === '$literal' ? value['$literal'] : value;
  const isWritten = name !== value || (typeof name === 'string' && !name.startsWith('$'));
  if (typeof name !== 'string' || !isWritten)
    refuse({ place, expected: 'the name of a field, written out', came: inWords(value) });
  return name;
}

function checkGetField(value: PlainValue, place: string, context: ExpressionContext): void {
  const isNamed = isPlainObject(value) && !Object.hasOwn(value, '$literal');
  const { field, input } = isNamed ? checkNames(value, ['field', 'input'], place) : { field: value, input: undefined };
  const name = checkFieldConstant(field, `${place}.field`);
  if (input === undefined) context.uses.fields.add(name);
  else checkExpression(input, `${place}.input`, context);
}

function checkLet(value: PlainValue, place: string, context: ExpressionContext): void {
  const { vars, in: body } = checkNames(value, ['vars', 'in'], place);
  const names = checkVariables(vars, `${place}.vars`, context);
  checkExpression(body ?? null, `${place}.in`, { ...context, variables: new Set([...context.variables, ...names]) });
}

/** `{ name: expression }`; gives the names. */
export function checkVariables(value: PlainValue | undefined, place: string, context: ExpressionContext): string[] {
  if (!isPlainObject(value)) refuse({ place, expected: 'names with expressions', came: inWords(value) });
  return Object.entries(value).map(([name, expression]) => {
    checkExpression(expression, `${place}.${name}`, context);
    return checkVariableName(name, `${place}.${name}`);
  });
}

function checkOverElements(operator: string, value: PlainValue, place: string, context: ExpressionContext): void {
  const given = checkNames(value, argumentsOf(operator), place);
  const { as, in: body, cond, input, ...rest } = given;
  const names =
    operator === '$reduce' ? ['value', 'this'] : [as === undefined ? 'this' : checkVariableName(as, `${place}.as`)];
  const inner = { ...context, variables: new Set([...context.variables, ...names]) };
  checkExpression(input ?? null, `${place}.input`, context);
  for (const [name, argument] of Object.entries(rest)) checkExpression(argument, `${place}.${name}`, context);
  if (body !== undefined) checkExpression(body, `${place}.in`, inner);
  if (cond !== undefined) checkExpression(cond, `${place}.cond`, inner);
}

function checkSwitch(value: PlainValue, place: string, context: ExpressionContext): void {
  const { branches, default: otherwise } = checkNames(value, ['branches', 'default'], place);
  if (!Array.isArray(branches)) refuse({ place: `${place}.branches`, expected: 'a list', came: inWords(branches) });
  for (const [index, branch] of (branches as readonly PlainValue[]).entries())
    checkArguments(branch, ['case', 'then'], `${place}.branches[${index}]`, context);
  if (otherwise !== undefined) checkExpression(otherwise, `${place}.default`, context);
}
