import { collectionsWithIndexes, type IndexDescription, indexesOf, specificationOf } from './index-table.ts';

/** `scripts/create_indexes.js`: the same indexes for mongosh, for people who set a database up by hand. */
export function renderMongoshScript(): string {
  const blocks = collectionsWithIndexes.map((collection) => {
    const calls = indexesOf(collection).map((index) => `  [${literal(index.keys)}, ${literal(optionsOf(index))}],`);
    return [`create('${collection}', [`, ...calls, ']);'].join('\n');
  });
  return `// The indexes of Zava, for mongosh. Made by \`zava indexes mongosh\`; change the table in the program, not this file.
//
//   mongosh "<connection string>" scripts/create_indexes.js
//
// The database is MONGODB_DATABASE of the environment, or "zava". Safe to run again: what exists is left alone.

const target = db.getSiblingDB(process.env.MONGODB_DATABASE || 'zava');
let made = 0;

function create(collection, indexes) {
  for (const [keys, options] of indexes) {
    target.getCollection(collection).createIndex(keys, options);
    made += 1;
  }
  print(\`\${collection}: \${indexes.length}\`);
}

${blocks.join('\n\n')}

print(\`\${made} indexes are in place in the database "\${target.getName()}".\`);
`;
}

function optionsOf(index: IndexDescription): Record<string, unknown> {
  const { key: _keys, ...options } = specificationOf(index);
  return options;
}

/** A JavaScript literal on one line, with quotes only where a key needs them. */
function literal(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value !== 'object' || value === null) return String(value);
  const fields = Object.entries(value).map(
    ([key, inner]) => `${/^[A-Za-z_$][\w$]*$/.test(key) ? key : `'${key}'`}: ${literal(inner)}`,
  );
  return `{ ${fields.join(', ')} }`;
}
