import { anything } from './arguments.ts';
import { defineCommand } from './command.ts';

export const commitTransaction = defineCommand({
  name: 'commitTransaction',
  summary: "Makes a transaction's writes durable, all of them or none.",
  arguments: { commitTransaction: anything, recoveryToken: anything },
  apiVersion1: true,
  inTransactions: true,
  adminOnly: true,
  async run(_args, context) {
    await context.transactions.commit(context.common);
    return { ok: 1 };
  },
});

export const abortTransaction = defineCommand({
  name: 'abortTransaction',
  summary: "Forgets a transaction's writes.",
  arguments: { abortTransaction: anything, recoveryToken: anything },
  apiVersion1: true,
  inTransactions: true,
  adminOnly: true,
  run(_args, context) {
    context.transactions.abort(context.common);
    return { ok: 1 };
  },
});
