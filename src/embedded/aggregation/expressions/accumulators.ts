import type { Operator } from './operator.ts';
export const accumulatorOperators: Readonly<Record<string, Operator>> = {};
