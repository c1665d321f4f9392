import type { Operator } from './operator.ts';
export const typeOperators: Readonly<Record<string, Operator>> = {};
