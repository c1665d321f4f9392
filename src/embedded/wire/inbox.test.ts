import { expect, test } from 'vitest';
import { Inbox } from './inbox.ts';

test('[ES17] half-sent messages are bounded: the sender that has been silent longest is given up', () => {
  const inbox = new Inbox(100);
  const givenUp: string[] = [];
  const senders = ['a', 'b', 'c'].map((name) => ({ giveUp: () => void givenUp.push(name) }));
  const [a, b, c] = senders as [(typeof senders)[0], (typeof senders)[0], (typeof senders)[0]];
  inbox.note(a, 40);
  inbox.note(b, 40);
  inbox.note(a, 50);
  expect(givenUp).toEqual([]);
  inbox.note(c, 20);
  expect(givenUp).toEqual(['b']);
  expect(inbox.bytes).toBe(70);
  inbox.note(a, 0);
  inbox.note(c, 0);
  expect(inbox.bytes).toBe(0);
});
