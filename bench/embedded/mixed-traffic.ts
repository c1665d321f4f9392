import type { SeededPick } from './pick.ts';
import type { Side } from './side.ts';
import { soldItem } from './sold-item.ts';
import { Timings, timeMs } from './timings.ts';

const WRITE_SHARE = 0.2;
const TURN_MS = 2000;

export interface TrafficFigures {
  readonly operationsPerSecond: number;
  readonly reads: Timings;
  readonly writes: Timings;
}

interface SideOfTraffic {
  readonly side: Side;
  readonly pick: SeededPick;
}

interface Traffic extends SideOfTraffic {
  /** By inventory id: what all the writes together changed. */
  readonly stockChanges: Map<string, number>;
}

/**
 * `clients` clients at once, each waiting for its answer before it asks again: four reads (an order by id, a customer by
 * email, an order's items) to a write (an item sold, a stock level changed). The sides take turns. In the end the stock is
 * what it was.
 */
export async function runTraffic(
  taking: readonly SideOfTraffic[],
  clients: number,
  rounds: number,
): Promise<TrafficFigures[]> {
  const sides = taking.map((side): Traffic => ({ ...side, stockChanges: new Map() }));
  const figures = sides.map(() => ({ operations: 0, seconds: 0, reads: new Timings(), writes: new Timings() }));
  for (const side of sides) await turn(side, clients, TURN_MS / 2); // opens the connections, warms up
  for (let round = 0; round < rounds; round++) {
    for (const [at, side] of sides.entries()) {
      const { reads, writes, seconds } = await turn(side, clients, TURN_MS);
      const sum = figures[at] as (typeof figures)[number];
      sum.operations += reads.length + writes.length;
      sum.seconds += seconds;
      sum.reads.addRound(reads);
      sum.writes.addRound(writes);
    }
  }
  for (const { side, stockChanges } of sides) {
    for (const [inventoryId, units] of stockChanges) if (units !== 0) await side.changeStock(inventoryId, -units);
  }
  return figures.map(({ operations, seconds, reads, writes }) => ({
    operationsPerSecond: operations / seconds,
    reads,
    writes,
  }));
}

async function turn(traffic: Traffic, clients: number, turnMs: number) {
  const reads: number[] = [];
  const writes: number[] = [];
  const startedAt = performance.now();
  const client = async () => {
    while (performance.now() < startedAt + turnMs) {
      const isWrite = traffic.pick.below(1000) < WRITE_SHARE * 1000;
      const latencyMs = await timeMs(() => (isWrite ? write(traffic) : read(traffic)));
      (isWrite ? writes : reads).push(latencyMs);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { reads, writes, seconds: (performance.now() - startedAt) / 1000 };
}

function read({ side, pick }: Traffic): Promise<unknown> {
  switch (pick.below(4)) {
    case 0:
      return side.customerByEmail(pick.email());
    case 1:
      return side.itemsOfOrder(pick.orderId());
    default:
      return side.orderById(pick.orderId());
  }
}

function write({ side, pick, stockChanges }: Traffic): Promise<unknown> {
  if (pick.below(2) === 0) return side.insertItem(soldItem(pick));
  const inventoryId = pick.inventoryId();
  const units = pick.below(2) === 0 ? 1 : -1;
  stockChanges.set(inventoryId, (stockChanges.get(inventoryId) ?? 0) + units);
  return side.changeStock(inventoryId, units);
}
