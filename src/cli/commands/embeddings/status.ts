import type { EmbeddingStatus } from '../../../database/index.ts';
import { defineCliCommand } from '../../frame.ts';
import { databaseOptions } from '../../options.ts';
import { embedderOf, modelOption } from './choice.ts';

export const status = defineCliCommand({
  summary: 'Says which models made the products’ vectors, and which products lack them.',
  description:
    'A vector is stale when the product’s words have changed since it was made. Only vectors of the same model are ever compared: a question is embedded by the model that made the stored ones.',
  examples: [
    ['zava embeddings status', 'looks with the model that `zava embeddings generate` would use'],
    ['zava embeddings status --model local --json', 'for a program'],
  ],
  options: { ...databaseOptions, model: modelOption },
  async run({ model }, context) {
    const { embeddingStatus } = await import('../../../database/index.ts');
    const embedder = await embedderOf(model, context.settings);
    await using opened = await context.openDatabase();
    const found = await embeddingStatus(opened.db, embedder.model);
    return { result: { model: embedder.model, ...found }, text: statusText(embedder.model, found) };
  },
});

function statusText(model: string, { products, descriptions, pictures, states, searchIndexes }: EmbeddingStatus) {
  const { current, stale, other, original, missing } = states;
  const todo = stale + other + missing;
  return [
    `${products} products; seen by ${model}:`,
    `  ${current} current, ${stale} stale, ${other} of another model, ${original} with vectors of the catalogue, ${missing} with none`,
    `  descriptions: ${counts(descriptions)}`,
    `  pictures: ${counts(pictures)}`,
    `  search indexes: ${searchIndexes.length === 0 ? 'none (`zava indexes create` makes them)' : searchIndexes.join(', ')}`,
    ...(todo === 0 ? [] : [`\`zava embeddings generate\` makes the ${todo} that are not current.`]),
  ].join('\n');
}

const counts = (of: Readonly<Record<string, number>>) =>
  Object.entries(of)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ') || 'none';
