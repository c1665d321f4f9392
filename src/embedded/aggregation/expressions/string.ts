import type { Operator } from './operator.ts';
export const stringOperators: Readonly<Record<string, Operator>> = {};
