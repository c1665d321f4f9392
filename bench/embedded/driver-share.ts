import { startCannedServer } from './canned-server.ts';
import { MongodbSide } from './mongodb-side.ts';
import type { SeededPick } from './pick.ts';
import type { DriverShare } from './report.ts';
import { runSideBySide } from './side-by-side.ts';

const CLIENTS = 64;
const READS = 10_000;

/** What point reads take through the driver on a server that does nothing for them. */
export async function measureDriver(pick: SeededPick, rounds: number): Promise<DriverShare> {
  await using server = await startCannedServer();
  await using alone = new MongodbSide(server.uri, 1);
  const { ours } = await runSideBySide({ ours: () => alone.orderById(pick.orderId()), theirs: null }, rounds);
  await using crowd = new MongodbSide(server.uri, CLIENTS);
  await readTogether(crowd, pick, READS / 5);
  const startedAt = performance.now();
  await readTogether(crowd, pick, READS);
  return { p50Ms: ours.p50Ms, operationsPerSecond: READS / ((performance.now() - startedAt) / 1000) };
}

async function readTogether(side: MongodbSide, pick: SeededPick, reads: number): Promise<void> {
  let left = reads;
  const client = async () => {
    while (left-- > 0) await side.orderById(pick.orderId());
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
}
