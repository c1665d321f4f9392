import { compileOperands, custom, type Operator, pureNode, unary } from './operator.ts';
import { isTrue } from './truth.ts';

export const booleanOperators: Readonly<Record<string, Operator>> = {
  $and: custom('True when every operand is true; stops at the first that is not.', (argument, scope) => {
    const operands = compileOperands(argument, scope);
    const evaluates = operands.map((operand) => operand.evaluate);
    return pureNode(operands, (root) => {
      for (const evaluate of evaluates) if (!isTrue(evaluate(root))) return false;
      return true;
    });
  }),
  $not: unary('The opposite truth.', (value) => !isTrue(value)),
  $or: custom('True when any operand is true; stops at the first that is.', (argument, scope) => {
    const operands = compileOperands(argument, scope);
    const evaluates = operands.map((operand) => operand.evaluate);
    return pureNode(operands, (root) => {
      for (const evaluate of evaluates) if (isTrue(evaluate(root))) return true;
      return false;
    });
  }),
};
