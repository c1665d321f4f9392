/** Long work as a row of steps: carried out in slices, or at once. */

/** Others have their turn after so long. */
const SLICE_MS = 8;

export async function inSlices(steps: Iterator<void, void>): Promise<void> {
  let endMs = performance.now() + SLICE_MS;
  while (!steps.next().done) {
    if (performance.now() < endMs) continue;
    await new Promise((resolve) => setImmediate(resolve));
    endMs = performance.now() + SLICE_MS;
  }
}

export function atOnce(steps: Iterable<void>): void {
  for (const _ of steps);
}
