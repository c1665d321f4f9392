import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { CliError } from '../../errors.ts';
import { type CliContext, defineCliCommand } from '../../frame.ts';
import { databaseOptions, listOption, pathOption, textOption } from '../../options.ts';

export const add = defineCliCommand({
  summary: 'Adds a product, with its embedding and an inventory item in every store.',
  description:
    'Say what it is with options or with a JSON file of the same names; in a terminal, what is missing is asked for. Stock starts at zero with an opening count. The embedding is computed by the local model, and labelled with its name.',
  examples: [
    ['zava product add', 'asks for everything'],
    [
      "zava product add --name 'Claw Hammer 20 oz' --type Hammers --cost 12.50 --description '…' --spec weight_g=567",
      'asks nothing',
    ],
    ['zava product add --file hammer.json', 'reads {"name", "type", "cost", "description", "specifications"}'],
  ],
  options: {
    ...databaseOptions,
    file: pathOption('A JSON file with the product; `-` reads stdin.', { valueName: 'FILE' }),
    name: textOption('Its name.'),
    type: textOption('The name of its product type.'),
    cost: textOption('What one costs the chain, such as 12.50; the price follows from it.', { valueName: 'AMOUNT' }),
    description: textOption('Its description.'),
    spec: listOption('A specification, such as weight_kg=0.45. May be given several times.', {
      valueName: 'NAME=VALUE',
    }),
    sku: textOption('Its SKU. Default: the next one of its type.'),
  },
  async run({ file, name, type, cost, description, spec, sku }, context) {
    const [{ addProduct, readProductTypeNames }, { specificationFromText }, { wordModel }] = await Promise.all([
      import('../../../database/index.ts'),
      import('../../../catalog/index.ts'),
      import('../../../embeddings/index.ts'),
    ]);
    const given: Record<string, unknown> = { name, type, cost, description, sku };
    for (const [key, value] of Object.entries(given)) if (value === undefined) delete given[key];
    if (spec.length > 0) given['specifications'] = Object.fromEntries(spec.map(specificationFromText));
    if (file !== undefined && Object.keys(given).length > 0) {
      throw new CliError('BAD_USAGE', `--file says what the product is; leave out --${Object.keys(given)[0]}.`);
    }
    context.ifInterrupted('No product was added.');
    let input: unknown = file === undefined ? given : await readProductFile(file, context);
    await using opened = await context.openDatabase();
    if (file === undefined && context.isInteractive) {
      const { askForProduct } = await import('../../product-prompts.ts');
      input = await askForProduct(given, await readProductTypeNames(opened.db), context);
    }
    const added = await addProduct(opened.client, opened.db, input, { model: wordModel(), now: new Date() });
    const { product } = added;
    return {
      result: added,
      text: [
        `Added ${product.product_id}: ${product.product_name}, SKU ${product.sku}, price ${product.base_price.toFixed(2)} (cost ${product.cost.toFixed(2)}).`,
        `Inventory in ${added.inventoryItems} stores, stock 0; embedding by ${added.embeddingModel}.`,
      ].join('\n'),
    };
  },
});

async function readProductFile(file: string, context: CliContext): Promise<unknown> {
  let text: string;
  try {
    text = file === '-' ? await context.readStdin() : await readFile(path.resolve(context.directory, file), 'utf8');
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    throw new CliError('FILE_UNREADABLE', `${file} cannot be read: ${(cause as Error).message}.`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CliError('FILE_INVALID', `${file} is not JSON: ${(cause as Error).message}.`, { cause });
  }
}
