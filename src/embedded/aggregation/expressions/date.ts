import type { Operator } from './operator.ts';
export const dateOperators: Readonly<Record<string, Operator>> = {};
