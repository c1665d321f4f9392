import { describe, expect, test } from 'vitest';
import type { CollectionScope } from '../sync/index.ts';
import { Verification } from './verification.ts';

const scopes = ['customers', 'orders'].map((collection) => ({ collection }) as CollectionScope);
const agreed = { repairedDocuments: 0 };

describe('what is compared of a device', () => {
  test('[GW56] a round is over when every collection was compared, and says what was put right', () => {
    const verification = new Verification();
    verification.beginRound(scopes);
    expect(verification.next()?.collection).toBe('customers');
    verification.ended({ repairedDocuments: 3 }, 1);
    expect(verification.state).toMatchObject({ collectionsLeft: 1, rounds: 0, hasAgreed: false });
    expect(verification.next()?.collection).toBe('orders');
    verification.ended(agreed, 2);
    expect(verification.state).toMatchObject({
      collectionsLeft: null,
      rounds: 1,
      verifiedMs: 2,
      hasAgreed: true,
      repairedCollections: 1,
      lastRound: { repairedDocuments: 3, undecidedCollections: 0 },
    });
    expect(verification.next()).toBeNull();
  });

  test('[GW56] what could not be compared is tried again, and told when it never could', () => {
    const verification = new Verification();
    verification.beginRound(scopes);
    let tries = 0;
    for (let scope = verification.next(); scope !== null; scope = verification.next()) {
      tries += 1;
      verification.ended(scope.collection === 'orders' ? agreed : null, 1);
    }
    expect(tries).toBe(5);
    expect(verification.state.lastRound).toEqual({ repairedDocuments: 0, undecidedCollections: 1 });
  });

  test('[GW56] a round that began before the scope was known, or in another one, compares the scope that came', () => {
    const verification = new Verification();
    verification.beginRound(null);
    expect(verification.state).toMatchObject({ collectionsLeft: 0, rounds: 0 });
    verification.scopeChanged(scopes);
    verification.next();
    verification.scopeChanged(scopes.slice(1));
    expect(verification.state.collectionsLeft).toBe(1);
    expect(verification.next()?.collection).toBe('orders');
    verification.ended(agreed, 1);
    expect(verification.state.rounds).toBe(1);
    verification.beginRound([]);
    expect(verification.state.rounds).toBe(2);
  });

  test('[GW56] one collection now and then makes no round, and does not disturb one', () => {
    const verification = new Verification();
    const [customers, orders] = scopes as [CollectionScope, CollectionScope];
    verification.add(customers);
    verification.add(orders);
    expect(verification.next()).toBe(customers);
    verification.ended(null, 1);
    expect(verification.state).toMatchObject({ rounds: 0, verifiedMs: null });
    verification.beginRound(scopes);
    verification.add(orders);
    expect(verification.state.collectionsLeft).toBe(2);
  });
});
