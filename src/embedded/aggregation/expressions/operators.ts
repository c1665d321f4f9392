import { accumulatorOperators } from './accumulators.ts';
import { arithmeticOperators } from './arithmetic.ts';
import { arrayOperators } from './array.ts';
import { booleanOperators } from './boolean.ts';
import { comparisonOperators } from './comparison.ts';
import { conditionalOperators } from './conditional.ts';
import { dateOperators } from './date.ts';
import { miscellaneousOperators } from './miscellaneous.ts';
import { objectOperators } from './object.ts';
import type { Operator } from './operator.ts';
import { setOperators } from './set.ts';
import { stringOperators } from './string.ts';
import { trigonometryOperators } from './trigonometry.ts';
import { typeOperators } from './type.ts';
import { literalOperators, variableOperators } from './variable.ts';

let table: ReadonlyMap<string, Operator> | undefined;

/** Every expression operator by name. Joined on first use: operators compile their operands through this very table. */
export const expressionOperators = {
  get(name: string): Operator | undefined {
    return all().get(name);
  },
  names(): string[] {
    return [...all().keys()].sort();
  },
};

function all(): ReadonlyMap<string, Operator> {
  table ??= new Map(
    [
      accumulatorOperators,
      arithmeticOperators,
      arrayOperators,
      booleanOperators,
      comparisonOperators,
      conditionalOperators,
      dateOperators,
      literalOperators,
      miscellaneousOperators,
      objectOperators,
      setOperators,
      stringOperators,
      trigonometryOperators,
      typeOperators,
      variableOperators,
    ].flatMap((operators) => Object.entries(operators)),
  );
  return table;
}
