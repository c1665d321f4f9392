/** The few update operators that the workload uses, applied to plain documents: the model's own, simpler reading of them. */
import type { Fields, Value } from './model.ts';

export type Update = { readonly [operator in '$inc' | '$pop' | '$push' | '$set' | '$unset']?: Fields };

export function applyUpdate(document: Fields, update: Update): Fields {
  const next = structuredClone(document);
  for (const [path, value] of Object.entries(update.$set ?? {})) setAt(next, path, structuredClone(value));
  for (const path of Object.keys(update.$unset ?? {})) removeAt(next, path);
  for (const [path, by] of Object.entries(update.$inc ?? {})) {
    setAt(next, path, ((getAt(next, path) as number | undefined) ?? 0) + (by as number));
  }
  for (const [path, value] of Object.entries(update.$push ?? {})) {
    setAt(next, path, [...((getAt(next, path) as Value[] | undefined) ?? []), structuredClone(value)]);
  }
  for (const [path, end] of Object.entries(update.$pop ?? {})) {
    const list = getAt(next, path) as Value[] | undefined;
    if (list !== undefined) setAt(next, path, end === 1 ? list.slice(0, -1) : list.slice(1));
  }
  return next;
}

type Branch = { [step: string]: Value };

export function getAt(document: Fields, path: string): Value | undefined {
  let value: Value | undefined = document;
  for (const step of path.split('.')) {
    if (value === null || typeof value !== 'object') return undefined;
    value = (value as Branch)[step];
  }
  return value;
}

/** Makes missing embedded documents on the way. */
export function setAt(document: Fields, path: string, value: Value): void {
  const steps = path.split('.');
  let branch = document as Branch;
  for (const step of steps.slice(0, -1)) {
    if (branch[step] === null || typeof branch[step] !== 'object') branch[step] = {};
    branch = branch[step] as Branch;
  }
  branch[steps.at(-1)!] = value;
}

export function removeAt(document: Fields, path: string): void {
  const steps = path.split('.');
  const parent = steps.length === 1 ? document : getAt(document, steps.slice(0, -1).join('.'));
  if (parent !== null && typeof parent === 'object') delete (parent as Branch)[steps.at(-1)!];
}
