/** Holds every moment of a run to its promises (broken-promise.ts). */

import { believedStock, foldStock, type Permissions, readAccess } from '../domain/index.ts';
import type { StoreBatch } from '../edge/index.ts';
import {
  type CollectionScope,
  contentHash,
  type Document,
  documentKey,
  fieldChangesOf,
  type GatewayFrame,
  type Operation,
  sameValue,
  scopeOf,
  withChanges,
} from '../sync/index.ts';
import { BrokenPromise } from './broken-promise.ts';
import type { SimulatedDevice } from './device.ts';
import type { ModelDatabase } from './model-database.ts';
import { forbiddenPart } from './rules-told-again.ts';

type Seen = (document: Document) => Document | undefined;

export class Watch {
  readonly #database: ModelDatabase;
  readonly #permissions: Permissions;
  /** `collection/fingerprint` → the scope that a device may hold a collection by. */
  readonly #scopes = new Map<string, CollectionScope>();
  readonly #hashes = new WeakMap<Document, string>();
  readonly #shown = new Map<string, WeakMap<Document, string>>();

  constructor(database: ModelDatabase, permissions: Permissions) {
    this.#database = database;
    this.#permissions = permissions;
  }

  /** Whatever a device asks for from now on. */
  expectScope(device: SimulatedDevice): void {
    for (const scope of this.scopeOf(device).values()) {
      this.#scopes.set(`${scope.collection}/${scope.fingerprint}`, scope);
    }
  }

  scopeOf({ subscriptions, principal }: SimulatedDevice) {
    return scopeOf(subscriptions, this.#permissions, principal);
  }

  /** As it is sent, and by what its device may see at this moment. */
  requirePrivacy(device: SimulatedDevice, frame: GatewayFrame): void {
    if (frame.type === 'snapshot') {
      for (const document of frame.documents) this.#requireVisible(device, frame.collection, document);
    } else if (frame.type === 'changes') {
      for (const { collection, document } of frame.upserts) this.#requireVisible(device, collection, document);
    }
  }

  #requireVisible({ deviceId, principal }: SimulatedDevice, collection: string, document: Document): void {
    const access = readAccess(this.#permissions, principal, collection as never);
    const key = documentKey({ collection, id: String(document['_id']) });
    if (access !== null) {
      const sent = contentHash(document);
      const rules = `${collection} ${contentHash(access.rules)}`;
      const states = this.#database.versions(key);
      for (let at = states.length - 1; at >= 0; at--) {
        const state = states[at]?.document;
        if (state == null || this.#shownHash(rules, (one) => access.visible(one), state) !== sent) continue;
        const part = forbiddenPart(this.#permissions, principal, collection, state, document);
        if (part === null) return;
        const what = part === '' ? 'which it may not see' : `with '${part}', which it may not see`;
        throw new BrokenPromise('privacy', `${deviceId} (${principal.role}) was sent ${key}, ${what}.`);
      }
    }
    throw new BrokenPromise('privacy', `${deviceId} (${principal.role}) was sent ${key}, as it never was for it.`);
  }

  /** Of every collection that a device says it holds, it has what MongoDB had at its position, or has had since. */
  requireNoHole(device: SimulatedDevice): void {
    const { position, holdings } = device.store;
    if (position === null) return;
    for (const [collection, holding] of Object.entries(holdings)) {
      if (holding.state === 'nothing') continue;
      const scope = this.#scopes.get(`${collection}/${holding.fingerprint}`);
      if (scope === undefined) continue;
      for (const id of this.#database.idsEver(collection)) {
        if (holding.state === 'partial' && id > holding.lastId) break;
        const key = `${collection}/${id}`;
        if (device.damaged.has(key)) continue;
        const held = this.#heldHash(device, key);
        const states = this.#database.statesSince(key, position);
        if (states.some((state) => this.#scopeHash(scope, state) === held)) continue;
        throw new BrokenPromise(
          'position',
          `${device.deviceId} is at ${Number.parseInt(position.time, 16)} and holds ${key} as ${held}, as it has not been since.`,
        );
      }
    }
  }

  /** The versions of a document that look like what a device shows of it: its user has seen one of them. */
  versionsShown(device: SimulatedDevice, collection: string, id: string): Document[] {
    const key = `${collection}/${id}`;
    const scope = this.scopeOf(device).get(collection as never);
    const held = this.#heldHash(device, key);
    if (scope === undefined || held === NOT_THERE || device.damaged.has(key)) return [];
    const versions = this.#database.versions(key).map(({ document }) => document);
    return versions.filter((version) => version !== null && this.#scopeHash(scope, version) === held) as Document[];
  }

  #heldHash({ store }: SimulatedDevice, key: string): string {
    const shadow = store.shadows.get(key);
    const document = shadow === undefined ? store.documents.get(key) : shadow.isGone ? null : shadow.document;
    return document == null ? NOT_THERE : this.#hashOf(document);
  }

  #scopeHash(scope: CollectionScope, state: Document | null): string {
    if (state === null) return NOT_THERE;
    return this.#shownHash(`${scope.collection}/${scope.fingerprint}`, scope.visible, state);
  }

  /** Versions never change, so what a scope shows of one is remembered. */
  #shownHash(name: string, visible: Seen, state: Document): string {
    let known = this.#shown.get(name);
    if (known === undefined) {
      known = new WeakMap();
      this.#shown.set(name, known);
    }
    let hash = known.get(state);
    if (hash === undefined) {
      const shown = visible(state);
      hash = shown === undefined ? NOT_THERE : shown === state ? this.#hashOf(state) : contentHash(shown);
      known.set(state, hash);
    }
    return hash;
  }

  #hashOf(document: Document): string {
    let hash = this.#hashes.get(document);
    if (hash === undefined) {
      hash = contentHash(document);
      this.#hashes.set(document, hash);
    }
    return hash;
  }

  /** What its user sees of documents with unsettled work. */
  requireView(device: SimulatedDevice): void {
    const { store } = device;
    if (store.shadows.size === 0) return;
    const unsettled = store.memory().outbox.map(({ operation }) => operation);
    for (const [key, shadow] of store.shadows) {
      if (device.damaged.has(key)) continue;
      const wanted = withOwnChanges(shadow.document, key, unsettled);
      const shown = store.documents.get(key) ?? null;
      if (sameValue(wanted, shown)) continue;
      throw new BrokenPromise(
        'view',
        `${device.deviceId} shows ${key} otherwise than MongoDB’s state with its own changes.`,
      );
    }
  }

  /** Before a batch is stored: what leaves the outbox has come back with the download, or was refused. */
  requireShown({ store, deviceId }: SimulatedDevice, batch: StoreBatch): void {
    const position = (batch.sync ?? store).position;
    for (const sequence of batch.outbox.remove) {
      const told = batch.outbox.put.find(({ operation }) => operation.sequence === sequence);
      const entry = told ?? store.outbox.get(sequence);
      if (entry === undefined || batch.newLife !== null) continue;
      const { action, changes } = entry.operation;
      // What was to be thrown away and is settled already leaves nothing to tell.
      if (changes.length === 0) continue;
      const hasComeBack = entry.appliedTime !== null && position !== null && entry.appliedTime <= position.time;
      if (hasComeBack || batch.rejected.some(({ operation }) => operation.action === action)) continue;
      throw new BrokenPromise('shown', `'${action}' left the outbox of ${deviceId} before the device had its effect.`);
    }
  }

  // ── When all is quiet ────────────────────────────────────────────────────────────────────────────────────────────

  requireScope(device: SimulatedDevice): void {
    const expected = new Map<string, string>();
    for (const scope of this.scopeOf(device).values()) {
      for (const document of this.#database.of(scope.collection)) {
        const hash = this.#scopeHash(scope, document);
        if (hash !== NOT_THERE) expected.set(`${scope.collection}/${document['_id']}`, hash);
      }
    }
    const { documents } = device.store;
    const wrong = [...new Set([...expected.keys(), ...documents.keys()])].filter((key) => {
      const held = documents.get(key);
      return expected.get(key) !== (held === undefined ? undefined : this.#hashOf(held));
    });
    if (wrong.length === 0) return;
    const [first] = wrong as [string];
    const how = !expected.has(first) ? 'has it too much' : !documents.has(first) ? 'lacks it' : 'holds it otherwise';
    throw new BrokenPromise(
      'scope',
      `${device.deviceId} differs in ${wrong.length} documents, first ${first}: it ${how}.`,
    );
  }

  requireStock(itemId: string): void {
    const item = this.#database.find(`inventory/${itemId}`);
    const units = foldStock(this.#movementsOf(itemId));
    if (item?.['stock_level'] === units) return;
    throw new BrokenPromise('stock', `inventory/${itemId} says ${item?.['stock_level']}, its movements ${units}.`);
  }

  requireBelievedStock(device: SimulatedDevice): void {
    for (const item of device.store.documents.values()) {
      // Only of its own store's items does a device get the ledger's mark.
      if (item['inventory_id'] !== item['_id'] || item['ledger'] === undefined) continue;
      const own = [...device.store.documents.values()].filter(
        (movement) => movement['movement_id'] !== undefined && movement['inventory_id'] === item['_id'],
      );
      const believed = believedStock(item as never, own as never);
      const units = foldStock(this.#movementsOf(String(item['_id'])));
      if (believed === units) continue;
      throw new BrokenPromise(
        'believed_stock',
        `${device.deviceId} believes in ${believed} units of ${item['_id']}, the movements say ${units}.`,
      );
    }
  }

  #movementsOf(itemId: string) {
    return this.#database.of('stock_movements').filter((each) => each['inventory_id'] === itemId) as never[];
  }
}

const NOT_THERE = 'not there';

function withOwnChanges(document: Document | null, key: string, unsettled: readonly Operation[]): Document | null {
  let shown = document;
  let isWaiting = false;
  for (const { changes } of unsettled) {
    for (const change of changes) {
      if (documentKey(change) !== key) continue;
      isWaiting = true;
      if (change.kind === 'create') shown = shown === null ? change.document : withChanges(shown, change.document);
      else if (shown !== null) shown = withChanges(shown, fieldChangesOf(change));
    }
  }
  return isWaiting ? shown : null;
}
