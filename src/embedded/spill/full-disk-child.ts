/** The child of the full disk test: spills until its limit of file size, and shows that it goes on afterwards. */
import { compilePipeline } from '../aggregation/index.ts';
import { SpillFolder } from './spill-folder.ts';
import { workSpaceOf } from './work-space.ts';

const spill = new SpillFolder(process.argv[2]!);
const work = workSpaceOf(100_000, spill);
const sortOf = (count: number): number => {
  const documents = Array.from({ length: count }, (_, i) => ({ _id: i, k: -i, pad: 'x'.repeat(1000) }));
  const source = { open: () => [] };
  return [...compilePipeline([{ $sort: { k: 1 } }], { namespace: 'a.b', source, work }).run(documents)].length;
};
let code: unknown = 'nothing';
try {
  sortOf(20_000);
} catch (error) {
  code = (error as { code: unknown }).code ?? error;
}
process.stdout.write(`refused ${code}, then ${sortOf(500)}, ${spill.openFiles} files open\n`);
spill.close();
