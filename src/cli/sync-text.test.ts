import { expect, test } from 'vitest';
import type { DirectWritesHealth } from '../gateway/index.ts';
import { statusText } from './sync-text.ts';

const at = new Date('2026-11-22T12:00:00Z');
const ago = (seconds: number) => new Date(at.getTime() - seconds * 1_000);
const none: DirectWritesHealth = {
  leader: null,
  isAlive: false,
  renewedAt: null,
  lagMs: null,
  handledWrites: 0,
  historyLostAt: null,
  isolatedWrites: 0,
  isolated: [],
};

const textOf = (directWrites: DirectWritesHealth) =>
  statusText({ at, gateways: [], devices: [], directWrites }, { bold: (text: string) => text } as never);

test('[GW72] the status says who leads direct writes, since when nothing was heard of it, and what waits for a person', () => {
  expect(textOf(none)).toContain('No gateway leads: they wait for one.');
  const leading = { ...none, leader: 'gateway-1', isAlive: true, renewedAt: ago(1), lagMs: 2_000 };
  expect(textOf(leading)).toContain('gateway-1 leads, heard of 1 s ago; 2 s behind.');
  expect(textOf(leading)).toContain('None waits for a person.');
  const stray = { collection: 'stock_movements', documentId: 'stray', reason: 'item_unknown' } as const;
  const silent = { ...leading, isAlive: false, renewedAt: ago(300), historyLostAt: ago(7_300), isolatedWrites: 1 };
  const text = textOf({ ...silent, isolated: [{ ...stray, message: 'There is no such item.', since: ago(60) }] });
  expect(text).toContain('gateway-1 leads, and is silent, heard of 5 min ago');
  expect(text).toContain('history was gone 2 h ago');
  expect(text).toMatch(
    /1 waits for a person:\n.*\n.*stock_movements\/stray +item unknown +60 s ago +There is no such item\./,
  );
});
