/** Chance that a seed decides: the same seed gives the same choices on every machine. */
export class Random {
  #state: number;

  constructor(seed: string | number) {
    let hash = 0x811c9dc5;
    for (const character of String(seed)) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
    this.#state = hash >>> 0;
  }

  /** From 0 to below 1. Source: mulberry32, Tommy Ettinger, public domain. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Both ends included. */
  integer(least: number, greatest: number): number {
    return least + Math.floor(this.next() * (greatest - least + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError('Nothing to pick from.');
    return list[Math.floor(this.next() * list.length)]!;
  }

  /** Up to `count` different ones. */
  some<T>(list: readonly T[], count: number): T[] {
    const left = [...list];
    const picked: T[] = [];
    while (picked.length < count && left.length > 0) picked.push(...left.splice(this.integer(0, left.length - 1), 1));
    return picked;
  }
}
