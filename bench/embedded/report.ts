import { OPEN_MS_MAX, PING_MS_MAX, RESIDENT_BYTES_MAX, type Verdict } from './budgets.ts';
import type { ProcessMemory } from './process-memory.ts';
import type { PingLine } from './responsiveness.ts';

export interface LatencyLine {
  readonly name: string;
  readonly runs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly postgresP50Ms: number | null;
  readonly postgresP99Ms: number | null;
  /** The very first run after the database was opened; of PostgreSQL, the first of its connection. */
  readonly firstMs: number | null;
  readonly postgresFirstMs: number | null;
  readonly verdict: Verdict | null;
}

export interface TrafficLine {
  readonly clients: number;
  readonly ours: TrafficSide;
  readonly postgres: TrafficSide | null;
}

export interface TrafficSide {
  readonly operationsPerSecond: number;
  readonly readP50Ms: number;
  readonly readP99Ms: number;
  readonly writeP50Ms: number;
  readonly writeP99Ms: number;
}

export interface DriverShare {
  readonly p50Ms: number;
  /** Of 64 clients at once. */
  readonly operationsPerSecond: number;
}

export interface BenchFigures {
  readonly openMs: number;
  /** A point read on a server that does nothing. */
  readonly driver: DriverShare | null;
  readonly postgresVersion: string | null;
  readonly rounds: number;
  readonly latencies: readonly LatencyLine[];
  readonly traffic: readonly TrafficLine[];
  readonly pings: readonly PingLine[];
  /** After the questions, points and traffic; and after the long works that pings are timed beside, which hold the most. */
  readonly memory: ProcessMemory;
  readonly memoryAfterLongWork: ProcessMemory | null;
}

const kept = (holds: boolean) => (holds ? 'kept' : 'MISSED');
const ms = (value: number | null) =>
  value === null ? '–' : value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0);
const mb = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;

/** Text for people: a line per operation, times in milliseconds. */
export function describeFigures(figures: BenchFigures): string {
  const { openMs, driver, postgresVersion, rounds, latencies, traffic, pings, memory, memoryAfterLongWork } = figures;
  const lines: string[] = [];
  if (latencies.length > 0) {
    lines.push(
      `Embedded server and ${postgresVersion === null ? 'nothing beside it' : `PostgreSQL ${postgresVersion}`}, ${rounds} rounds, ms`,
      row(['', 'p50', 'p99', 'first', 'PG p50', 'PG p99', 'first', 'ratio', '']),
      ...latencies.map((line) =>
        row([
          line.name,
          ...[line.p50Ms, line.p99Ms, line.firstMs].map(ms),
          ...[line.postgresP50Ms, line.postgresP99Ms, line.postgresFirstMs].map(ms),
          line.postgresP50Ms === null ? '–' : `${(line.p50Ms / line.postgresP50Ms).toFixed(2)} ×`,
          line.verdict === null ? '' : `${kept(line.verdict.kept)} (${line.verdict.budget})`,
        ]),
      ),
    );
  }
  if (traffic.length > 0) {
    lines.push(
      '',
      'Mixed traffic, 80 % reads',
      row(['', 'ops/s', 'read p50', 'p99', 'write p50', 'p99', '', 'ratio', '']),
    );
    for (const { clients, ours, postgres } of traffic) {
      const label = `${clients} client${clients === 1 ? '' : 's'}`;
      const ratio = postgres === null ? '–' : (ours.operationsPerSecond / postgres.operationsPerSecond).toFixed(2);
      lines.push(trafficRow(label, ours, `${ratio} of PG`));
      if (postgres !== null) lines.push(trafficRow('  PostgreSQL', postgres, ''));
    }
  }
  if (pings.length > 0) {
    lines.push('', 'A ping beside long work, ms', row(['', 'p50', 'p99', 'longest', 'pings', 'work', '']));
    for (const { work, workMs, pings: count, p50Ms, p99Ms, maxMs } of pings) {
      const verdict = `${kept(p99Ms <= PING_MS_MAX)} (p99 ≤ ${PING_MS_MAX})`;
      lines.push(row([work, ...[p50Ms, p99Ms, maxMs].map(ms), String(count), ms(workMs), verdict]));
    }
  }
  if (driver !== null) {
    lines.push(
      '',
      `The Node driver's own share: ${ms(driver.p50Ms)} ms of a point read, at most ${driver.operationsPerSecond.toFixed(0)} of them a second from 64 clients in one process`,
    );
  }
  lines.push(
    '',
    `Opening the database: ${Math.round(openMs)} ms, Node's own start included; budget ${OPEN_MS_MAX} ms: ${kept(openMs <= OPEN_MS_MAX)}`,
    `Resident memory of the server: ${memoryLine(memory)}`,
    ...(memoryAfterLongWork === null ? [] : [`  after the long works: ${memoryLine(memoryAfterLongWork)}`]),
  );
  return lines.join('\n');
}

const memoryLine = ({ residentBytes, residentBytesPeak, fileBytes }: ProcessMemory) =>
  `${mb(residentBytesPeak)} at its peak, ${mb(residentBytes)} now, of which ${mb(fileBytes)} are pages of files; budget ${mb(RESIDENT_BYTES_MAX)}: ${kept(residentBytesPeak <= RESIDENT_BYTES_MAX)}`;

function trafficRow(label: string, side: TrafficSide, ratio: string): string {
  const { operationsPerSecond, readP50Ms, readP99Ms, writeP50Ms, writeP99Ms } = side;
  const figures = [readP50Ms, readP99Ms, writeP50Ms, writeP99Ms].map(ms);
  return row([label, operationsPerSecond.toFixed(0), ...figures, '', ratio, '']);
}

function row(cells: readonly string[]): string {
  return cells
    .map((cell, at) => (at === 0 ? cell.padEnd(24) : at === cells.length - 1 ? `  ${cell}` : cell.padStart(10)))
    .join('')
    .trimEnd();
}
