/** What happened to a device's store, and what was done about it: kept, so that a person hears of it also after a restart. */
import { z } from 'zod';
import { readJsonFile, writeJsonFile } from './device-files.ts';

const INCIDENTS_MAX = 20;

export const incidentSchema = z.strictObject({
  at: z.iso.datetime(),
  kind: z.enum(['store_replaced', 'operations_restored', 'operations_uncertain', 'journal_damaged']),
  /** For people: what was found, and what was done. */
  message: z.string(),
  /** Where what was found lies now. */
  setAside: z.string().optional(),
  operations: z.int().nonnegative().optional(),
});

export type Incident = z.infer<typeof incidentSchema>;

export class Incidents {
  readonly #file: string;
  #all: readonly Incident[];

  private constructor(file: string, all: readonly Incident[]) {
    this.#file = file;
    this.#all = all;
  }

  static async open(file: string): Promise<Incidents> {
    // A list that cannot be read any more must not keep the device from working.
    const kept = await readJsonFile(file, z.array(incidentSchema)).catch(() => undefined);
    return new Incidents(file, kept ?? []);
  }

  /** The newest last. */
  get all(): readonly Incident[] {
    return this.#all;
  }

  async add(incident: Incident): Promise<void> {
    this.#all = [...this.#all, incident].slice(-INCIDENTS_MAX);
    await writeJsonFile(this.#file, this.#all);
  }
}
