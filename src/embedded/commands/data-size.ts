import { anything, text } from './arguments.ts';
import { defineCommand } from './command.ts';

export const dataSize = defineCommand({
  name: 'dataSize',
  aliases: ['datasize'],
  summary: "The bytes of a collection's documents.",
  arguments: {
    dataSize: text.default(''),
    datasize: text.default(''),
    keyPattern: anything,
    min: anything,
    max: anything,
    estimate: anything,
  },
  run(args, context) {
    using view = context.openView();
    const collection = view.collection(args.dataSize || args.datasize);
    return {
      size: BigInt(collection?.dataBytes() ?? 0),
      numObjects: BigInt(collection?.count() ?? 0),
      millis: 0,
      estimate: false,
      ok: 1,
    };
  },
});
