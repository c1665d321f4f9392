/**
 * Opens the device's store so that nothing which a person was told is done is missing from it: a store that is damaged is
 * set aside, never deleted, and what the journal knows and the store does not is done once more, under its old name.
 */
import { randomBytes } from 'node:crypto';
import { copyFile } from 'node:fs/promises';
import { DittoStorage, emptyBatch, unreadableDocuments } from '../edge/index.ts';
import type { Operation } from '../sync/index.ts';
import { type DeviceFolder, makeDeviceFolder } from './device-files.ts';
import { type OpenStore, openDittoStore, setAside } from './ditto-store.ts';
import { DeviceError } from './errors.ts';
import type { Incidents } from './incidents.ts';
import { OperationJournal } from './operation-journal.ts';

/** The store and its journal, which nobody else has open. */
export interface SoundStore extends OpenStore {
  readonly storage: DittoStorage;
  readonly journal: OperationJournal;
}

/** 16 hexadecimal digits, at random. */
export const newEpoch = (): string => randomBytes(8).toString('hex');

interface SoundStoreOptions {
  readonly files: DeviceFolder;
  readonly incidents: Incidents;
  readonly now: () => Date;
}

/** `damage` is what was found while the store was open. Throws DEVICE_IN_USE, STORE_UNUSABLE. */
export async function openSoundStore(options: SoundStoreOptions, damage?: string): Promise<SoundStore> {
  const { files } = options;
  await makeDeviceFolder(files);
  const opened = damage === undefined ? await openWhole(files) : damage;
  const store = typeof opened === 'string' ? await replaceStore(options, opened) : opened;
  // Not before the store: its lock keeps a second program away from the journal too.
  let journal: OperationJournal | undefined;
  const close = async () => {
    await store.close();
    await journal?.close();
  };
  try {
    journal = await OperationJournal.open(files.journal);
    const storage = await DittoStorage.open(store.store, journal.contents.epoch ?? newEpoch());
    await restore(storage, journal, options);
    return { store: store.store, storage, journal, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The store, or why it has to go. */
async function openWhole(files: DeviceFolder): Promise<OpenStore | string> {
  const opened = await openDittoStore(files);
  if ('because' in opened) return opened.because;
  const unreadable = await unreadableDocuments(opened.store).catch((error: Error) => error);
  if (!(unreadable instanceof Error) && unreadable.size === 0) return opened;
  await opened.close();
  return unreadable instanceof Error ? unreadable.message : unreadableText(unreadable);
}

export const unreadableText = (unreadable: ReadonlyMap<string, number>): string =>
  [...unreadable].map(([collection, documents]) => `${documents} of ${collection} cannot be read`).join(', ');

async function replaceStore({ files, incidents, now }: SoundStoreOptions, because: string): Promise<OpenStore> {
  const aside = await setAside(files, now());
  await incidents.add({
    at: now().toISOString(),
    kind: 'store_replaced',
    message: `The store was damaged (${because}). It was set aside, and everything is fetched anew.`,
    setAside: aside,
  });
  const fresh = await openDittoStore(files);
  if ('because' in fresh) throw new DeviceError('STORE_UNUSABLE', `A new store in ${files.store}: ${fresh.because}`);
  return fresh;
}

async function restore(
  storage: DittoStorage,
  journal: OperationJournal,
  { incidents, now, files }: SoundStoreOptions,
): Promise<void> {
  const at = now().toISOString();
  const { epoch, lastSequence, unsettled } = journal.contents;
  if (journal.damagedLines > 0) {
    const message = `${journal.damagedLines} lines of the journal of operations were damaged. The store has them unless it says otherwise here.`;
    await incidents.add({ at, kind: 'journal_damaged', message });
  }
  if (epoch === storage.epoch) {
    // What the store has numbered and does not hold any more was settled; only its note in the journal came too late.
    const missing = unsettled.filter(({ sequence }) => sequence >= storage.nextSequence);
    await performAgain(storage, missing, lastSequence);
    if (missing.length > 0) {
      const message = `The store lacked ${missing.length} operations that were done. They were restored from the journal.`;
      await incidents.add({ at, kind: 'operations_restored', message, operations: missing.length });
    }
  } else {
    // The store is of another life: whether MongoDB has these under their old names, nobody here can tell.
    const { outbox } = await storage.load();
    const known = new Set([...outbox, ...(await storage.rejected())].map(({ operation }) => operation.hlc));
    const missing = unsettled.filter(({ hlc }) => !known.has(hlc));
    if (missing.length === 0) return await alignJournal(storage, journal);
    const setAsideFile = `${files.journal}.other-life-${at.replace(/[:.]/g, '-')}`;
    await copyFile(files.journal, setAsideFile);
    const message = `The journal names ${missing.length} operations that this store does not know: ${missing.map(({ action, hlc }) => `${action} ${hlc.slice(0, 19)}`).join(', ')}. Look for them at headquarters.`;
    await incidents.add({
      at,
      kind: 'operations_uncertain',
      message,
      setAside: setAsideFile,
      operations: missing.length,
    });
  }
  await alignJournal(storage, journal);
}

/** MongoDB knows an operation by its name: one that it has already is answered and not done twice. */
async function performAgain(storage: DittoStorage, missing: readonly Operation[], usedSequence: number): Promise<void> {
  for (const operation of missing) await storage.perform(operation);
  if (storage.nextSequence > usedSequence) return;
  const { epoch } = storage;
  await storage.store({ ...emptyBatch(), newLife: { epoch, lastSequence: usedSequence } });
}

async function alignJournal(storage: DittoStorage, journal: OperationJournal): Promise<void> {
  const { epoch, lastSequence, outbox } = await storage.load();
  await journal.restart(
    epoch,
    lastSequence,
    outbox.map(({ operation }) => operation),
  );
}
