import type { Operator } from './operator.ts';
export const miscellaneousOperators: Readonly<Record<string, Operator>> = {};
