/** Frames that are almost right, made from right ones by a seed. */
import type { Random } from '../torture/random.ts';

/** As JSON, so that each use has its own. */
const strange: readonly string[] = [
  'null',
  'true',
  '-1',
  '0',
  '1e308',
  '9007199254740992',
  '0.5',
  '""',
  '"\\u0000"',
  '"\\ud800"',
  '"$where"',
  '"__proto__"',
  '"constructor"',
  '"../../etc/passwd"',
  JSON.stringify('x'.repeat(5_000)),
  '[]',
  '{}',
  '[[]]',
  '{"$gt":""}',
  '{"$where":"while(true){}"}',
  '{"$ne":null}',
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"toString":1,"hasOwnProperty":1,"then":1}',
];

type Place = { readonly holder: Record<string, unknown>; readonly key: string };

function placesOf(value: unknown, found: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return found;
  for (const key of Object.keys(value)) {
    found.push({ holder: value as Record<string, unknown>, key });
    placesOf((value as Record<string, unknown>)[key], found);
  }
  return found;
}

/** `depth` brackets around a one. */
export const nested = (depth: number, isMap = false): string =>
  isMap ? `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}` : `${'['.repeat(depth)}1${']'.repeat(depth)}`;

/** One place of a right frame changed, taken away, doubled or nested. */
function changed(random: Random, frame: unknown): string {
  const copy: unknown = JSON.parse(JSON.stringify(frame));
  for (let left = random.integer(1, 3); left > 0; left--) {
    const places = placesOf(copy);
    if (places.length === 0) break;
    const { holder, key } = random.pick(places);
    const way = random.integer(0, 5);
    if (way === 0) delete holder[key];
    else if (way === 1) holder[`${key}${random.pick(['', '2', '.x', '$'])}`] = JSON.parse(random.pick(strange));
    else if (way === 2) holder[key] = [holder[key], holder[key]];
    else if (way === 3) holder[key] = { [random.pick(['$or', 'a', '$set'])]: holder[key] };
    else holder[key] = JSON.parse(random.pick(strange));
  }
  const text = JSON.stringify(copy);
  if (!random.chance(0.05)) return text;
  const deep = nested(random.pick([20, 200, 2_000, 100_000]), random.chance(0.5));
  return text.replace(/:("[^"]*"|\d+|\[\]|\{\})/, () => `:${deep}`);
}

/** A right frame whose text was cut, flipped, doubled, or is something else altogether. */
function damaged(random: Random, frame: unknown): string {
  const text = JSON.stringify(frame);
  const at = random.integer(0, text.length - 1);
  switch (random.integer(0, 5)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return `${text.slice(0, at)}${String.fromCharCode(random.integer(1, 0xffff))}${text.slice(at + 1)}`;
    case 2:
      return text + text;
    case 3:
      return random.pick(['', ' ', 'null', '[]', '{}', '"', '{"type":', 'NaN', nested(100_000), nested(50_000, true)]);
    case 4:
      return text.replaceAll('"', random.pick(["'", '""', '']));
    default:
      return Array.from({ length: random.integer(1, 50) }, () => String.fromCharCode(random.integer(0, 255))).join('');
  }
}

export function mutated(random: Random, frame: unknown): string | Uint8Array {
  const way = random.next();
  if (way < 0.62) return changed(random, frame);
  if (way < 0.9) return damaged(random, frame);
  if (way < 0.95) return JSON.stringify(frame);
  return Uint8Array.from({ length: random.integer(0, 200) }, () => random.integer(0, 255));
}
