import { isCancel, select, text } from '@clack/prompts';
import { specificationFromText } from '../catalog/index.ts';
import { PromptDeclined } from './errors.ts';
import type { CliContext } from './frame.ts';

/** Asks for what is missing of a product. The answers are checked as a whole afterwards, like any other input. */
export async function askForProduct(
  given: Readonly<Record<string, unknown>>,
  typeNames: readonly string[],
  { signal }: CliContext,
): Promise<Record<string, unknown>> {
  const product = { ...given };
  const output = process.stderr;
  const ask = async (field: string, message: string, placeholder: string) => {
    if (product[field] === undefined) product[field] = answered(await text({ message, placeholder, signal, output }));
  };
  if (product['type'] === undefined) {
    const options = [...typeNames].sort().map((value) => ({ value, label: value }));
    product['type'] = answered(await select({ message: 'Product type', options, maxItems: 12, signal, output }));
  }
  await ask('name', 'Name', 'Claw Hammer 20 oz');
  await ask('cost', 'Cost of one, in dollars', '12.50');
  await ask('description', 'Description', 'A sentence or two for customers');
  if (product['specifications'] === undefined) {
    const line = answered(
      await text({
        message: 'Specifications, separated by commas',
        placeholder: 'weight_kg=0.57, length_mm=330',
        signal,
        output,
      }),
    );
    const pairs = line.split(',').filter((pair) => pair.trim() !== '');
    product['specifications'] = Object.fromEntries(pairs.map((pair) => specificationFromText(pair.trim())));
  }
  return product;
}

function answered<Answer>(answer: Answer): Exclude<Answer, symbol> {
  if (isCancel(answer)) throw new PromptDeclined('The prompt was left.');
  return answer as Exclude<Answer, symbol>;
}
