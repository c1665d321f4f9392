/** The fuzzer alone: `npx tsx tests/torture/fuzz/main.ts [--inputs N] [--seed S] [--from K]`. */
import { parseArgs } from 'node:util';
import { eachBomb } from './each-bomb.ts';
import { fuzz } from './fuzz.ts';

const { values } = parseArgs({
  options: {
    inputs: { type: 'string' },
    seed: { type: 'string' },
    from: { type: 'string' },
    bombs: { type: 'string' },
  },
});
if (values.bombs !== undefined) {
  const pattern = new RegExp(values.bombs);
  await eachBomb(
    ({ name, answer, answerMs, pingMs, peakMegabytes }) =>
      process.stdout.write(
        `${pingMs > 1000 ? 'BLOCKED ' : ''}${name}: ${answerMs} ms, ping ${pingMs} ms, ${peakMegabytes} MB: ${answer}\n`,
      ),
    (name) => pattern.test(name),
  );
  process.exit(0);
}
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
const report = await fuzz({
  signal: stop.signal,
  seed: Number(values.seed ?? Date.now() % 1_000_000),
  inputs: Number(values.inputs ?? 10_000),
  from: Number(values.from ?? 0),
  onViolation: (what) => process.stdout.write(`- ${what}\n`),
  onProgress: ({ violations, ...figures }) =>
    process.stderr.write(`${JSON.stringify({ ...figures, violations: violations.length })}\n`),
});
process.stdout.write(`${JSON.stringify({ ...report, violations: report.violations.length })}\n`);
process.exitCode = report.violations.length === 0 ? 0 : 1;
