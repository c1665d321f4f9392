import type { EmbeddingPlan, MadeEmbeddings } from '../../../database/index.ts';
import { CliError } from '../../errors.ts';
import { defineCliCommand } from '../../frame.ts';
import { type CliOption, databaseOptions, flag } from '../../options.ts';
import { embedderOf, modelOption } from './choice.ts';

/** Azure's list price of text-embedding-3-small, in US dollars per million tokens. */
const PRICE_DEFAULT = 0.02;

const priceOption: CliOption<number | undefined> = {
  help: `What a million tokens cost, in US dollars, for the figures that are shown. Default: ${PRICE_DEFAULT}, the list price of text-embedding-3-small.`,
  valueName: 'DOLLARS',
  parse: (text) => {
    const price = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isFinite(price)) return price;
    throw new CliError('BAD_USAGE', `A price such as 0.02 was expected; "${text}" came.`);
  },
};

export const generate = defineCliCommand({
  summary: 'Makes the vectors that products lack, or that their words have outgrown.',
  description:
    'With Azure OpenAI where AZURE_OPENAI_ENDPOINT is set (by AZURE_OPENAI_API_KEY, else by Entra identity), otherwise with the local model, which needs no network. Pictures always take the local model. Works in batches: what was made and paid for is kept, and a run that was interrupted goes on behind it. Vectors that came with the catalogue stay.',
  examples: [
    ['zava embeddings generate --dry-run', 'shows how many products, tokens and dollars it would take'],
    ['zava embeddings generate', 'makes what is missing, stale or of another model'],
    ['zava embeddings generate --model local --all', 'makes all of them anew, without a network'],
  ],
  options: {
    ...databaseOptions,
    model: modelOption,
    all: flag('Make also those anew that are current.'),
    replaceOriginals: flag('Make also those anew that came with the catalogue.'),
    price: priceOption,
    dryRun: flag('Only show what it would make.'),
  },
  async run({ model, all, replaceOriginals, price = PRICE_DEFAULT, dryRun }, context) {
    const { generateEmbeddings, planEmbeddings } = await import('../../../database/index.ts');
    const embedder = await embedderOf(model, context.settings);
    const isPaid = embedder.model !== (await import('../../../embeddings/index.ts')).localEmbedder.model;
    const dollars = (tokens: number) => (isPaid ? (tokens / 1e6) * price : 0);
    context.ifInterrupted('Nothing was changed.');
    await using opened = await context.openDatabase();
    const { client, db } = opened;
    const plan = await planEmbeddings(client, db.databaseName, embedder.model, { all, replaceOriginals });
    const planned = {
      model: embedder.model,
      planned: plan.products.length,
      current: plan.current,
      originals: plan.originals,
      tokensEstimated: isPaid ? plan.tokensEstimated : 0,
      dollarsEstimated: dollars(plan.tokensEstimated),
    };
    if (dryRun || plan.products.length === 0) {
      return {
        result: { ...planned, dryRun, made: null },
        text: planText(embedder.model, plan, planned.dollarsEstimated),
      };
    }
    const made = await generateEmbeddings(client, db.databaseName, embedder, plan, {
      signal: context.signal,
      onProgress: context.onProgress,
      onMade: (so) =>
        context.ifInterrupted(`${madeText(so, dollars(so.tokens), isPaid)} The next run goes on behind them.`),
    });
    return {
      result: { ...planned, dryRun, made: { ...made, dollars: dollars(made.tokens) } },
      text: `${madeText(made, dollars(made.tokens), isPaid)} Model: ${embedder.model}.`,
    };
  },
});

function planText(model: string, { products, current, originals, tokensEstimated }: EmbeddingPlan, dollars: number) {
  const kept = `${current} are current, ${originals} came with the catalogue.`;
  if (products.length === 0) return `There is nothing to make: ${kept} Model: ${model}.`;
  const cost = dollars === 0 ? '' : ` About ${count(tokensEstimated)} tokens, ${money(dollars)}.`;
  return `${products.length} products would get vectors of ${model}.${cost} ${kept}`;
}

function madeText({ products, calls, tokens }: MadeEmbeddings, dollars: number, isPaid: boolean) {
  const cost = isPaid ? `, in ${calls} calls: ${count(tokens)} tokens, ${money(dollars)}` : '';
  return `Made the vectors of ${products} products${cost}.`;
}

const count = (number: number) => number.toLocaleString('en-US');
const money = (dollars: number) => `$${dollars < 0.01 ? dollars.toFixed(5) : dollars.toFixed(2)}`;
