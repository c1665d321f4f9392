import { defineCliCommand } from '../../frame.ts';

export const mongosh = defineCliCommand({
  summary: 'Prints a script for mongosh that creates the same indexes.',
  description: 'The repository holds its output as scripts/create_indexes.js. Needs no database.',
  examples: [['zava indexes mongosh > create_indexes.js', 'then: mongosh "<connection string>" create_indexes.js']],
  async run() {
    const { indexTable, renderMongoshScript, specificationOf } = await import('../../../database/index.ts');
    const result = indexTable.map((index) => ({ collection: index.collection, ...specificationOf(index) }));
    return { result, text: renderMongoshScript().trimEnd() };
  },
});
