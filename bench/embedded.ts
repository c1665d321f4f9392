/**
 * `npm run bench:embedded`: twelve retail queries, point reads, inserts and mixed traffic on the embedded server, side by
 * side with PostgreSQL on the same rows in the same run. README.md beside this file says how to read what it prints.
 */

import { judgeDashboard, judgeRatio } from './embedded/budgets.ts';
import { fillEmbedded, openEmbedded, openFilledPostgres, openWorkplace } from './embedded/databases.ts';
import { measureDriver } from './embedded/driver-share.ts';
import { expectEqualAnswers } from './embedded/equal-answers.ts';
import { runTraffic, type TrafficFigures } from './embedded/mixed-traffic.ts';
import { MongodbSide } from './embedded/mongodb-side.ts';
import { readOptions } from './embedded/options.ts';
import { readPopulation, SeededPick } from './embedded/pick.ts';
import { pointOperations } from './embedded/point-operations.ts';
import { PostgresSide } from './embedded/postgres-side.ts';
import { readProcessMemory } from './embedded/process-memory.ts';
import {
  type DriverShare,
  describeFigures,
  type LatencyLine,
  type TrafficLine,
  type TrafficSide,
} from './embedded/report.ts';
import { measurePings, type PingLine } from './embedded/responsiveness.ts';
import { retailQueries } from './embedded/retail-queries.ts';
import type { RetailQuery } from './embedded/retail-query.ts';
import { type ContestTimings, runSideBySide } from './embedded/side-by-side.ts';
import { timeMs } from './embedded/timings.ts';

const SEED = 22_465;
const ANSWERS_COMPARED = 5;
const CLIENTS = [1, 8, 64];

const options = readOptions(process.argv.slice(2));
const say = (line: string) => process.stderr.write(`${line}\n`);

await using workplace = await openWorkplace(options.dataDirectory);
say('Filling the embedded server, unless it is filled …');
const dataDirectory = await fillEmbedded(workplace, options.size);
if (options.withPostgres) say('Filling PostgreSQL, unless it is filled …');
await using postgres = options.withPostgres ? await openFilledPostgres(workplace, options.size) : null;

const { server, openMs } = await openEmbedded(dataDirectory, options.nodeOptions);
try {
  await using ours = new MongodbSide(server.uri, 1);
  await using theirs = postgres === null ? null : await PostgresSide.open(postgres.connection, 1);
  const population = await readPopulation(ours.database);
  const picks = () => ({ ours: new SeededPick(population, SEED), theirs: new SeededPick(population, SEED) });

  const latencies: LatencyLine[] = [];
  const wanted = retailQueries.filter(({ name }) => options.wants(name, 'queries'));
  const firstRuns = new Map<string, readonly [number, number | null]>();
  for (const query of wanted) firstRuns.set(query.name, await askFirst(query));
  for (const query of wanted) {
    say(`${query.name} …`);
    const pick = picks();
    const timings = await runSideBySide(
      {
        ours: () => ours.ask(query, query.parameters(pick.ours)),
        theirs: theirs === null ? null : () => theirs.ask(query, query.parameters(pick.theirs)),
      },
      options.rounds,
    );
    latencies.push(latencyLine(query.name, timings, judgeDashboard, firstRuns.get(query.name)));
  }

  for (const { name, run } of pointOperations.filter(({ name }) => options.wants(name, 'points'))) {
    say(`${name} …`);
    const pick = picks();
    const timings = await runSideBySide(
      { ours: () => run(ours, pick.ours), theirs: theirs === null ? null : () => run(theirs, pick.theirs) },
      options.rounds,
    );
    latencies.push(latencyLine(name, timings, judgeRatio));
  }

  const traffic: TrafficLine[] = [];
  for (const clients of CLIENTS.filter((clients) => options.wants(`traffic-${clients}`, 'traffic'))) {
    say(`${clients} clients …`);
    await using oursAtOnce = new MongodbSide(server.uri, clients);
    await using theirsAtOnce = postgres === null ? null : await PostgresSide.open(postgres.connection, clients);
    const pick = picks();
    const sides = [
      { side: oursAtOnce, pick: pick.ours },
      ...(theirsAtOnce === null ? [] : [{ side: theirsAtOnce, pick: pick.theirs }]),
    ];
    const [ourFigures, theirFigures] = await runTraffic(sides, clients, Math.ceil(options.rounds / 3));
    if (ourFigures === undefined) throw new Error('The embedded server always takes part.');
    traffic.push({
      clients,
      ours: trafficSide(ourFigures),
      postgres: theirFigures === undefined ? null : trafficSide(theirFigures),
    });
  }

  let driver: DriverShare | null = null;
  if (options.wants('driver', 'points')) {
    say('the driver alone …');
    driver = await measureDriver(new SeededPick(population, SEED), options.rounds);
  }

  const memory = readProcessMemory(server.pid);
  let pings: PingLine[] = [];
  if (options.wants('responsiveness', 'responsiveness')) {
    say('pings beside long work …');
    pings = await measurePings(server.uri);
  }

  await ours.removeBenchRows(); // or the next run on this data would compare other answers
  await theirs?.removeBenchRows();
  const memoryAfterLongWork = pings.length === 0 ? null : readProcessMemory(server.pid);
  const postgresVersion = postgres?.version ?? null;
  const figures = {
    openMs,
    driver,
    postgresVersion,
    rounds: options.rounds,
    latencies,
    traffic,
    pings,
    memory,
    memoryAfterLongWork,
  };
  process.stdout.write(`${options.json ? JSON.stringify(figures, undefined, 2) : describeFigures(figures)}\n`);

  /** The first run of a query on the database just opened; then the answers of some runs are compared, before any is timed. */
  async function askFirst(query: RetailQuery): Promise<readonly [number, number | null]> {
    const pick = new SeededPick(population, SEED + 1);
    const parameters = Array.from({ length: ANSWERS_COMPARED }, () => query.parameters(pick));
    const first = parameters[0] ?? [];
    const oursMs = await timeMs(() => ours.ask(query, first));
    if (theirs === null) return [oursMs, null];
    const theirsMs = await timeMs(() => theirs.ask(query, first));
    for (const these of new Set(parameters)) {
      const documents = await ours.ask(query, these);
      const rows = query.rows?.(documents) ?? documents;
      expectEqualAnswers(query.name, rows, await theirs.ask(query, these), query.ordered);
      if (these.length === 0 || query.parameters(pick).join() === first.join()) break; // it asks the same each time
    }
    return [oursMs, theirsMs];
  }
} finally {
  await server.stop();
}

function latencyLine(
  name: string,
  { ours, theirs }: ContestTimings,
  judge: typeof judgeRatio,
  first?: readonly [number, number | null],
): LatencyLine {
  return {
    name,
    runs: ours.count,
    p50Ms: ours.p50Ms,
    p99Ms: ours.p99Ms,
    postgresP50Ms: theirs?.p50Ms ?? null,
    postgresP99Ms: theirs?.p99Ms ?? null,
    firstMs: first?.[0] ?? null,
    postgresFirstMs: first?.[1] ?? null,
    verdict: judge({ oursMs: ours.p50Ms, theirsMs: theirs?.p50Ms ?? null }),
  };
}

function trafficSide({ operationsPerSecond, reads, writes }: TrafficFigures): TrafficSide {
  return {
    operationsPerSecond,
    ...{ readP50Ms: reads.p50Ms, readP99Ms: reads.p99Ms },
    ...{ writeP50Ms: writes.p50Ms, writeP99Ms: writes.p99Ms },
  };
}
