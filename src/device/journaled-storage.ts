/** The device's store with the journal beside it: an operation is in both before its user is told, and leaves both. */
import type { DeviceStorage, DittoStorage, ReplicaMemory, Shadow, StoreBatch } from '../edge/index.ts';
import type { ContentHash, Operation } from '../sync/index.ts';
import type { Answer, OperationJournal } from './operation-journal.ts';

export class JournaledStorage implements DeviceStorage {
  readonly #storage: DittoStorage;
  readonly #journal: OperationJournal;
  readonly #onChanged: (collections: ReadonlySet<string>) => void;
  #answer: Answer | undefined;

  /** `onChanged` hears of every write: all of the device's pass here. */
  constructor(storage: DittoStorage, journal: OperationJournal, onChanged: (collections: ReadonlySet<string>) => void) {
    this.#storage = storage;
    this.#journal = journal;
    this.#onChanged = onChanged;
  }

  get nextSequence(): number {
    return this.#storage.nextSequence;
  }

  load(): Promise<ReplicaMemory> {
    return this.#storage.load();
  }

  async store(batch: StoreBatch): Promise<void> {
    await this.#storage.store(batch);
    if (batch.newLife !== null) await this.#renew();
    const settled = [...batch.outbox.remove, ...batch.rejected.map(({ operation }) => operation.sequence)];
    if (settled.length > 0) await this.#journal.settled(this.#storage.epoch, settled);
    this.#tell(changedBy(batch));
  }

  /** What the app of the next operation shall hear should it ask again; to be called within the operation's turn. */
  answerWith(answer: Answer): void {
    this.#answer = answer;
  }

  async perform(operation: Operation): Promise<ReadonlyMap<string, Shadow>> {
    const { epoch } = this.#storage;
    const answer = this.#answer?.sequence === operation.sequence ? this.#answer : undefined;
    this.#answer = undefined;
    await this.#journal.done(epoch, operation, answer);
    try {
      const shadows = await this.#storage.perform(operation);
      this.#tell(new Set([...operation.changes.map(({ collection }) => collection), PENDING]));
      return shadows;
    } catch (error) {
      // Its user is told that nothing was stored.
      await this.#journal.withdrawn(epoch, operation.sequence);
      throw error;
    }
  }

  hashes(collection: string): Promise<ReadonlyMap<string, ContentHash>> {
    return this.#storage.hashes(collection);
  }

  async #renew(): Promise<void> {
    const { epoch, lastSequence, outbox } = await this.#storage.load();
    await this.#journal.restart(
      epoch,
      lastSequence,
      outbox.map(({ operation }) => operation),
    );
  }

  #tell(collections: ReadonlySet<string>): void {
    if (collections.size > 0) this.#onChanged(collections);
  }
}

/** Names of what changes beside the documents. */
export const PENDING = 'pending';
export const REJECTED = 'rejected';

function changedBy(batch: StoreBatch): Set<string> {
  const changed = new Set<string>();
  for (const { collection } of [...batch.clear, ...batch.upserts, ...batch.removals]) changed.add(collection);
  if (batch.outbox.put.length > 0 || batch.outbox.remove.length > 0) changed.add(PENDING);
  if (batch.rejected.length + batch.lost.length + batch.settled.length > 0) changed.add(REJECTED);
  return changed;
}
