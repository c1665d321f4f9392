/**
 * `npm run bench:search`: sixty shoppers' questions, judged by hand, asked of the search by words, by meaning, and of both
 * together. README.md beside this file says how to read what it prints.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { MongoClient } from 'mongodb';
import { startEmbeddedServer } from '../src/embedded/index.ts';
import { fillCatalogue } from './search/catalogue-database.ts';
import { judgedQuestions, qualityOfSearch, searches } from './search/quality.ts';

const USAGE = `npm run bench:search -- [options]
  --each    what every question found, the worst first
  --json    print figures as JSON`;

const { values } = parseArgs({
  options: { each: { type: 'boolean' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
});
if (values.help) {
  process.stdout.write(`${USAGE}\n`);
  process.exit();
}
const folder = await mkdtemp(path.join(tmpdir(), 'zava-bench-search-'));
const server = await startEmbeddedServer({ dataDir: folder, port: 0 });
const client = await new MongoClient(server.uri).connect();
try {
  const db = client.db('zava');
  await fillCatalogue(db);
  const questions = judgedQuestions();
  const measured = [];
  for (const [name, search] of Object.entries(searches)) {
    const startedMs = performance.now();
    const quality = await qualityOfSearch(db, search, questions);
    measured.push({ name, msEach: (performance.now() - startedMs) / questions.length, ...quality });
  }
  const lexical = measured[0]?.ndcg ?? Number.NaN;
  if (values.json) process.stdout.write(`${JSON.stringify(measured, undefined, 2)}\n`);
  else {
    process.stdout.write(`${questions.length} questions  recall@10  nDCG@10  against lexical   ms each\n`);
    for (const { name, recall, ndcg, msEach } of measured) {
      const cells = [
        recall.toFixed(3).padStart(9),
        ndcg.toFixed(3).padStart(8),
        (ndcg / lexical).toFixed(2).padStart(16),
      ];
      process.stdout.write(`${name.padEnd(13)} ${cells.join(' ')} ${msEach.toFixed(1).padStart(9)}\n`);
    }
    if (values.each) {
      const hybrid = measured.at(-1)?.each ?? [];
      const rows = questions.map(({ asks }, at) => ({ asks, ndcg: hybrid[at]?.ndcg ?? 0 }));
      for (const { asks, ndcg } of rows.sort((one, other) => one.ndcg - other.ndcg))
        process.stdout.write(`  ${ndcg.toFixed(2)}  ${asks}\n`);
    }
  }
} finally {
  await client.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
}
