/** Pings one server from a thread of its own, so that what the bench does meanwhile is not in the figures. */
import { parentPort, workerData } from 'node:worker_threads';
import { MongoClient } from 'mongodb';

const PAUSE_MS = 2;

const client = new MongoClient(workerData as string, { maxPoolSize: 1 });
const database = client.db('admin');
let latenciesMs: number[] = [];
let isOver = false;

parentPort?.on('message', (wanted: 'figures' | 'end') => {
  if (wanted === 'end') isOver = true;
  else parentPort?.postMessage(latenciesMs);
  latenciesMs = [];
});

while (!isOver) {
  const startedAt = performance.now();
  await database.command({ ping: 1 });
  latenciesMs.push(performance.now() - startedAt);
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
await client.close();
parentPort?.close();
