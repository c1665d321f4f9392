import { MongoClient } from 'mongodb';
import { describe, expect, test, vi } from 'vitest';
import { openTestDatabase } from '../../../tests/support/database.ts';
import { MongoProxy } from '../../../tests/sync/mongo-proxy.ts';
import { enableChangeStreams, WATCHFUL_CLIENT_OPTIONS } from '../../database/index.ts';
import { ChangeHub, type Follower } from './change-hub.ts';

const eventually = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 10 });

class Listener implements Follower {
  readonly ids: string[] = [];
  readonly times: string[] = [];
  batches = 0;
  lost = 0;

  onBatch({ position, changes }: Parameters<Follower['onBatch']>[0]): void {
    this.batches += 1;
    this.times.push(position.time);
    this.ids.push(...changes.map(({ id }) => id));
  }

  onHistoryLost(): void {
    this.lost += 1;
  }
}

const customer = (number: number) => ({ _id: `customer_${number}` });

describe('the change stream of a gateway', () => {
  test('[GW24] that hangs is found within seconds and goes on from where it was: nothing is missed', async () => {
    await using database = await openTestDatabase();
    await using proxy = await MongoProxy.open(database.uri);
    const customers = database.db.collection<{ _id: string }>('customers');
    await customers.insertOne(customer(0));
    await enableChangeStreams(database.db);
    const client = await new MongoClient(proxy.uriFor(database.uri), WATCHFUL_CLIENT_OPTIONS).connect();
    const log: string[] = [];
    const hub = await ChangeHub.start({
      db: client.db(database.name),
      gatewayId: 'gateway-1',
      log: (line) => log.push(line),
      heartbeatMs: 100,
      stalledMs: 700,
    });
    try {
      const listener = new Listener();
      hub.follow(hub.now(), listener);
      await customers.insertOne(customer(1));
      await eventually(() => expect(listener.ids).toEqual(['customer_1']));
      proxy.kill();
      await customers.insertOne(customer(2));
      await eventually(() => expect(hub.health.isStalled).toBe(true));
      await customers.insertOne(customer(3));
      proxy.heal();
      await eventually(() => expect(hub.health.restarts).toBeGreaterThan(0));
      await eventually(() => expect(listener.ids).toEqual(['customer_1', 'customer_2', 'customer_3']));
      expect(listener.times).toEqual(listener.times.toSorted());
      expect(listener.lost).toBe(0);
      expect(hub.health.isStalled).toBe(false);
    } finally {
      await hub.close();
      await client.close(true);
    }
  });

  test('[GW25] tells many followers what came meanwhile in few batches, in order, and nothing twice', async () => {
    await using database = await openTestDatabase();
    const customers = database.db.collection<{ _id: string }>('customers');
    await customers.insertOne(customer(0));
    await enableChangeStreams(database.db);
    await using hub = await ChangeHub.start({ db: database.db, gatewayId: 'gateway-1', log: () => undefined });
    const busy = (): Follower => {
      const listener = new Listener();
      return {
        onBatch: (batch) => {
          listener.onBatch(batch);
          // As long as it takes to write to some hundred sockets.
          for (const endMs = performance.now() + 2; performance.now() < endMs; );
        },
        onHistoryLost: () => listener.onHistoryLost(),
      };
    };
    for (let number = 0; number < 20; number++) hub.follow(hub.now(), busy());
    const listener = new Listener();
    hub.follow(hub.now(), listener);
    const count = 60;
    for (let number = 1; number <= count; number++) await customers.insertOne(customer(number));
    await eventually(() => expect(listener.ids).toHaveLength(count));
    expect(listener.ids).toEqual(Array.from({ length: count }, (_, index) => `customer_${index + 1}`));
    expect(listener.batches).toBeLessThan(count / 2);
    // Who joins later is told all of it, in portions.
    const late = new Listener();
    hub.follow({ time: listener.times[0] as string, resumeToken: null }, late);
    await eventually(() => expect(late.ids.length).toBeGreaterThanOrEqual(count - 1));
    expect(late.batches).toBeLessThan(5);
  });
});
