/** A filter as a condition of DQL, with its values as parameters. It means the same as the compiled filter. */
import type { Filter } from '../domain/index.ts';
import { quotedPath } from './dql.ts';

export interface DqlCondition {
  readonly text: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

type Scalar = string | number | boolean;

const comparisons: Readonly<Record<string, string>> = { $eq: '=', $gt: '>', $gte: '>=', $lt: '<', $lte: '<=' };

export function dqlOf(filter: Filter): DqlCondition {
  const parameters: Record<string, unknown> = {};
  const parameter = (value: unknown): string => {
    const name = `p${Object.keys(parameters).length}`;
    parameters[name] = value;
    return `:${name}`;
  };
  return { text: conjunction(filter, parameter), parameters };
}

type Parameter = (value: unknown) => string;

function conjunction(filter: Filter, parameter: Parameter): string {
  const parts = Object.entries(filter).flatMap(([key, value]) => {
    if (value === undefined) return [];
    if (key !== '$and' && key !== '$or') return [condition(quotedPath(key), value as Scalar | object, parameter)];
    const branches = (value as readonly Filter[]).map((branch) => conjunction(branch, parameter));
    return [`(${branches.join(key === '$and' ? ' AND ' : ' OR ')})`];
  });
  return parts.length === 0 ? 'true' : `(${parts.join(' AND ')})`;
}

function condition(path: string, wanted: Scalar | object, parameter: Parameter): string {
  if (typeof wanted !== 'object') return `${path} = ${parameter(wanted)}`;
  const parts = Object.entries(wanted).map(([operator, value]) => {
    if (operator === '$in') return anyOf(path, value as readonly Scalar[], parameter);
    if (operator === '$exists') return `${path} IS ${value === true ? 'NOT MISSING' : 'MISSING'}`;
    return `${path} ${comparisons[operator] as string} ${parameter(value)}`;
  });
  return `(${parts.join(' AND ')})`;
}

/** Not with IN: where a document's value is of another type than the list's, it makes the whole condition fail. */
function anyOf(path: string, wanted: readonly Scalar[], parameter: Parameter): string {
  return wanted.length === 0 ? 'false' : `(${wanted.map((value) => `${path} = ${parameter(value)}`).join(' OR ')})`;
}
