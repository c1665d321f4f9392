/**
 * A set of UUIDs of any size in 16 bytes each, instead of the hundred that a set of texts takes: half a million items
 * have one each. Open addressing over four 32-bit words; the table doubles when it is three quarters full.
 */
export class UuidSet {
  #words = new Uint32Array(4 * 1024);
  #capacity = 1024;
  #size = 0;
  #hasZero = false;

  get size(): number {
    return this.#size;
  }

  /** Adds a UUID in lower case. Answers false when it was in the set already. */
  add(uuid: string): boolean {
    const first = hexWord(uuid, 0, 8);
    const second = (hexWord(uuid, 9, 4) << 16) | hexWord(uuid, 14, 4);
    const third = (hexWord(uuid, 19, 4) << 16) | hexWord(uuid, 24, 4);
    const fourth = hexWord(uuid, 28, 8);
    if ((first | second | third | fourth) === 0) {
      if (this.#hasZero) return false;
      this.#hasZero = true;
      this.#size++;
      return true;
    }
    if (4 * this.#size >= 3 * this.#capacity) this.#grow();
    const added = insert(this.#words, this.#capacity, first >>> 0, second >>> 0, third >>> 0, fourth >>> 0);
    if (added) this.#size++;
    return added;
  }

  #grow(): void {
    const old = this.#words;
    this.#capacity *= 2;
    this.#words = new Uint32Array(4 * this.#capacity);
    for (let at = 0; at < old.length; at += 4) {
      const [first, second, third, fourth] = [old[at]!, old[at + 1]!, old[at + 2]!, old[at + 3]!];
      // Four zeros mark a free place.
      if ((first | second | third | fourth) !== 0) {
        insert(this.#words, this.#capacity, first, second, third, fourth);
      }
    }
  }
}

function insert(
  words: Uint32Array,
  capacity: number,
  first: number,
  second: number,
  third: number,
  fourth: number,
): boolean {
  // The words of a random UUID are random already; time-ordered ones differ in their last words.
  const hash = Math.imul(first ^ Math.imul(fourth, 0x9e3779b1) ^ Math.imul(third, 0x85ebca6b) ^ second, 0xc2b2ae35);
  let place = (hash ^ (hash >>> 15)) & (capacity - 1);
  for (;;) {
    const at = 4 * place;
    const [a, b, c, d] = [words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!];
    if ((a | b | c | d) === 0) {
      words[at] = first;
      words[at + 1] = second;
      words[at + 2] = third;
      words[at + 3] = fourth;
      return true;
    }
    if (a === first && b === second && c === third && d === fourth) return false;
    place = (place + 1) & (capacity - 1);
  }
}

/** `length` hexadecimal digits as a number. The caller knows that they are digits. */
function hexWord(text: string, start: number, length: number): number {
  let word = 0;
  for (let index = start; index < start + length; index++) {
    const code = text.charCodeAt(index);
    word = (word << 4) | (code < 58 ? code - 48 : code - 87);
  }
  return word;
}
