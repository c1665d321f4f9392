import { BREATHE, type Breathe } from '../../breathe.ts';
import { decode, encode } from '../../bson/codec.ts';
import type { Document } from '../../bson/values.ts';
import type { SpillFile, Strand } from '../../spill/spill-folder.ts';
import { type BoundName, MemoryMeter } from '../../spill/work-space.ts';
import { headOf, restored } from './spilled.ts';
import { PACE, type StageContext, type Stream } from './stage.ts';

/** Documents that are read more than once: in memory as far as they fit, the rest in a file. Whoever makes one ends it. */
export class Spool {
  readonly #memory: MemoryMeter;
  readonly #due: () => boolean;
  readonly #held: Document[] = [];
  #spilled: { readonly file: SpillFile; readonly strand: Strand } | undefined;

  constructor(name: string, { work, due }: StageContext, bound: BoundName) {
    this.#memory = new MemoryMeter(name, work, bound);
    this.#due = due;
  }

  *take(input: Stream): Iterable<Breathe> {
    let count = 0;
    for (const document of input) {
      if (document === BREATHE) {
        yield BREATHE;
        continue;
      }
      if (this.#spilled !== undefined) this.#spilled.strand.append(headOf(document), encode(document));
      else {
        this.#held.push(document);
        this.#memory.add(document);
        if (this.#memory.full) {
          const file = this.#memory.spillFolder().open();
          this.#spilled = { file, strand: file.strand() };
        }
      }
      if ((++count & PACE) === 0 && this.#due()) yield BREATHE;
    }
    this.#spilled?.strand.seal();
  }

  *documents(): Stream {
    yield* this.#held;
    if (this.#spilled === undefined) return;
    let count = 0;
    for (const { head, body } of this.#spilled.strand.records()) {
      yield restored(head, decode(body));
      if ((++count & PACE) === 0 && this.#due()) yield BREATHE;
    }
  }

  get usedDisk(): boolean {
    return this.#spilled !== undefined;
  }

  end(): void {
    this.#memory.end();
    this.#spilled?.file.close();
  }
}
