/** The inputs of a run, by number: the same seed and number, the same bytes. */
import { Random } from '../random.ts';
import { bombs, oversizedInsert } from './bombs.ts';
import { brokenDocument } from './broken-bson.ts';
import { documentBytes } from './bson-writer.ts';
import { command } from './commands.ts';
import { brokenFrame, compressionBomb, dressedFrame, frame, type Input, msgPayload } from './frames.ts';
import { Values } from './values.ts';

const bombNames = Object.keys(bombs);
/** Once in so many inputs, a command that would be large to carry out. They go round, so that a million inputs have each of them. */
const BOMB_EVERY = 4000;
const BROKEN_FRAMES = 0.12;
const BROKEN_DOCUMENTS = 0.25;

/** `number` is the request's id too, so that a reply names its input. */
export function inputOf(seed: number, number: number): Input {
  const random = new Random(`fuzz ${seed} ${number}`);
  if (number % BOMB_EVERY === BOMB_EVERY - 1) return bomb(seed, random, number);
  const body = documentBytes(command(new Values(random)));
  const chance = random.next();
  if (chance < BROKEN_FRAMES) return brokenFrame(random, number, body);
  if (chance < BROKEN_FRAMES + BROKEN_DOCUMENTS) {
    const broken = brokenDocument(random, body);
    return { kind: 'BSON', bytes: frame(msgPayload(broken), { requestId: number }), expect: 'either' };
  }
  return dressedFrame(random, number, body);
}

export const bombCount = bombNames.length + 2;

function bomb(seed: number, random: Random, number: number): Input {
  return bombAt((seed * 7 + Math.floor(number / BOMB_EVERY)) % bombCount, random, number);
}

export function bombAt(at: number, random: Random, number: number): Input {
  if (at === bombNames.length) return compressionBomb(random, number);
  const name = bombNames[at];
  const body = name === undefined ? oversizedInsert() : documentBytes(bombs[name]!());
  return {
    kind: `bomb: ${name ?? 'a document of 17 MB'}`,
    bytes: frame(msgPayload(body), { requestId: number }),
    expect: name === undefined ? 'either' : 'answers',
  };
}
