/** What people do in the simulated stores, and what is written in MongoDB past every gateway. */
import { hlcText } from '../domain/index.ts';
import type { DocumentChange } from '../sync/index.ts';
import {
  ALERTS,
  aCustomer,
  alertIdOf,
  aMovement,
  anAlert,
  CUSTOMERS,
  customerIdOf,
  FIRST_PHONE,
  itemIdOf,
  PRODUCTS,
  STORES,
} from './company.ts';
import type { SimulatedDevice } from './device.ts';
import type { World } from './world.ts';

type Doing = (world: World, device: SimulatedDevice) => void;

/** One of them at random, the frequent ones named more than once. */
const doings: readonly Doing[] = [sell, sell, sell, count, receive, transfer, move, editCustomer, editCustomer];
const rareDoings: readonly Doing[] = [
  createCustomer,
  editOwnCustomer,
  editOwnCustomer,
  deleteCustomer,
  moveCustomer,
  spoilCustomer,
  resolveAlert,
  sellAndEdit,
  reachTooFar,
];

export function doSomething(world: World, device: SimulatedDevice): void {
  world.random.pick(world.random.chance(0.6) ? doings : rareDoings)(world, device);
}

/** What somebody else has changed, changed again by one who sees it; before that, the first customer that there is. */
export function correctSomething(world: World, device: SimulatedDevice): void {
  const { documents, shadows } = device.store;
  const seen = [...documents].filter(([key]) => key.startsWith('customers/') && !shadows.has(key));
  const changed = seen.filter(([, { phone }]) => phone !== FIRST_PHONE);
  if (seen.length === 0) return;
  const [, customer] = changed.length > 0 ? world.random.pick(changed) : (seen[0] as (typeof seen)[number]);
  const id = String(customer['_id']);
  const fields = { phone: aPhone(world) };
  world.perform(device, 'correct', () => [{ kind: 'set', collection: 'customers', id, fields, unset: [], seen: {} }]);
}

/** What a device was told as refused: once more, above all that stands, or not at all. */
export function settleSomething(world: World, device: SimulatedDevice): void {
  const { rejected, outbox } = device.store;
  const underWay = new Set([...outbox.values()].map(({ operation }) => operation.settles?.inboxId));
  const open = rejected.filter(({ inboxId }) => !underWay.has(inboxId));
  if (open.length === 0) return;
  const { inboxId, operation } = world.random.pick(open);
  const how = world.random.pick(['replay', 'restore', 'discard'] as const);
  const changes = how === 'discard' ? [] : operation.changes;
  world.perform(device, how, () => changes, { settles: { inboxId, how }, originalHlc: operation.hlc });
}

function sell(world: World, device: SimulatedDevice): void {
  const units = -1 - world.random.below(3);
  world.perform(device, 'sell', (hlc) => [moved(world, device, 'sale', units, hlc, ownStore(world, device))]);
}

function receive(world: World, device: SimulatedDevice): void {
  const kind = world.random.pick(['receipt', 'return', 'adjustment'] as const);
  const units = 1 + world.random.below(5);
  world.perform(device, kind, (hlc) => [moved(world, device, kind, units, hlc, ownStore(world, device))]);
}

function count(world: World, device: SimulatedDevice): void {
  const units = world.random.below(20);
  world.perform(device, 'count', (hlc) => [moved(world, device, 'count', units, hlc, ownStore(world, device))]);
}

function transfer(world: World, device: SimulatedDevice): void {
  const units = 1 + world.random.below(3);
  const stores = device.principal.stores;
  const to = stores === 'all' ? world.random.pick(STORES) : (world.random.pick(stores) as (typeof STORES)[number]);
  world.perform(device, 'transfer', (hlc) => [
    moved(world, device, 'transfer_out', -units, hlc, ownStore(world, device)),
    moved(world, device, 'transfer_in', units, hlc, STORES.indexOf(to)),
  ]);
}

function sellAndEdit(world: World, device: SimulatedDevice): void {
  world.perform(device, 'sell', (hlc) => [
    moved(world, device, 'sale', -1, hlc, ownStore(world, device)),
    customerChange(world, { phone: aPhone(world) }),
  ]);
}

/** Of a store that is not the device's own. */
function reachTooFar(world: World, device: SimulatedDevice): void {
  world.perform(device, 'sell', (hlc) => [moved(world, device, 'sale', -1, hlc, world.random.below(STORES.length))]);
}

function move(world: World, device: SimulatedDevice): void {
  const id = itemIdOf(ownStore(world, device), world.random.below(PRODUCTS));
  const field = world.random.pick(['location.aisle', 'location.bin', 'notes']);
  const fields = { [field]: String(world.random.below(1_000)) };
  world.perform(device, 'move', () => [{ kind: 'set', collection: 'inventory', id, fields, unset: [], seen: {} }]);
}

function editCustomer(world: World, device: SimulatedDevice): void {
  const field = world.random.pick(['first_name', 'last_name', 'phone']);
  const value = field === 'phone' ? aPhone(world) : `Name ${world.random.below(1_000)}`;
  const changes = [customerChange(world, { [field]: value })];
  if (world.random.chance(0.2))
    changes.push(customerChange(world, { email: `a${world.random.below(99)}@example.com` }));
  world.perform(device, 'edit', () => changes);
}

function moveCustomer(world: World, device: SimulatedDevice): void {
  const change = customerChange(world, { primary_store_id: world.random.pick(STORES) });
  world.perform(device, 'move customer', () => [change]);
}

function deleteCustomer(world: World, device: SimulatedDevice): void {
  const change = customerChange(world, { deleted: !world.random.chance(0.3) });
  world.perform(device, 'delete', () => [change]);
}

function spoilCustomer(world: World, device: SimulatedDevice): void {
  const change = customerChange(world, { email: 'no address' });
  world.perform(device, 'spoil', () => [change]);
}

function createCustomer(world: World, device: SimulatedDevice): void {
  const id = world.random.uuid();
  const document = aCustomer(id, STORES[ownStore(world, device)] as string) as never;
  world.perform(device, 'create', () => [{ kind: 'create', collection: 'customers', id, document }]);
}

/** Somebody whom this device made, perhaps a moment ago. */
function editOwnCustomer(world: World, device: SimulatedDevice): void {
  const made = [...device.store.documents.keys()].filter((key) => key.startsWith('customers/') && key.length > 40);
  if (made.length === 0) return;
  const id = world.random.pick(made).slice('customers/'.length);
  const fields = { phone: aPhone(world) };
  world.perform(device, 'edit', () => [{ kind: 'set', collection: 'customers', id, fields, unset: [], seen: {} }]);
}

function resolveAlert(world: World, device: SimulatedDevice): void {
  const id = alertIdOf(1 + world.random.below(ALERTS));
  const fields = { state: world.random.pick(['acknowledged', 'resolved']) };
  world.perform(device, 'resolve', () => [{ kind: 'set', collection: 'alerts', id, fields, unset: [], seen: {} }]);
}

function customerChange(world: World, fields: Record<string, string | boolean>): DocumentChange {
  const id = customerIdOf(1 + world.random.below(CUSTOMERS + 2));
  return { kind: 'set', collection: 'customers', id, fields, unset: [], seen: {} };
}

function moved(
  world: World,
  { deviceId, principal }: SimulatedDevice,
  kind: string,
  quantity: number,
  hlc: string,
  store: number,
): DocumentChange {
  const product = world.random.below(PRODUCTS);
  const itemId = itemIdOf(store, product);
  const item = { _id: itemId, store_id: STORES[store], product_id: `prod_${product + 1}` };
  const id = world.random.uuid();
  const document = aMovement(item, { id, kind, quantity, hlc, userId: principal.userId, deviceId });
  return { kind: 'create', collection: 'stock_movements', id, document: document as never };
}

const aPhone = (world: World): string => `(206) 555-${1_000 + world.random.below(9_000)}`;

function ownStore(world: World, { principal }: SimulatedDevice): number {
  const store = principal.stores === 'all' ? world.random.pick(STORES) : world.random.pick(principal.stores);
  return STORES.indexOf(store as (typeof STORES)[number]);
}

/** A back-office tool, an import, a person with a shell. */
export function writeSomething(world: World): void {
  const { random } = world;
  switch (random.below(6)) {
    case 0: {
      const id = alertIdOf(1 + random.below(ALERTS));
      world.writeDirectly('alerts', id, anAlert(id, random.pick(STORES), random.pick(['open', 'resolved'])));
      return;
    }
    case 1: {
      const id = `prod_${1 + random.below(PRODUCTS)}`;
      const found = world.database.find(`products/${id}`);
      world.writeDirectly('products', id, { ...found, cost: random.below(10), base_price: random.below(20) });
      return;
    }
    case 2: {
      const [store, product] = [random.below(STORES.length), random.below(PRODUCTS)];
      const item = { _id: itemIdOf(store, product), store_id: STORES[store], product_id: `prod_${product + 1}` };
      // A level that somebody writes becomes a count above all that is in the level.
      const isLevel = random.chance(0.5);
      const hlc = isLevel ? world.stampAboveMovements(item._id) : hlcText(world.wallClockMs, 0, 'mongodb');
      const [id, kind] = [random.uuid(), isLevel ? 'count' : 'adjustment'];
      const quantity = isLevel ? random.below(30) : random.below(9) - 4;
      const movement = aMovement(item, { id, kind, quantity, hlc, userId: 'import', deviceId: 'mongodb' });
      world.writeDirectly('stock_movements', id, movement);
      return;
    }
    case 3: {
      const id = itemIdOf(random.below(STORES.length), random.below(PRODUCTS));
      const found = world.database.find(`inventory/${id}`);
      world.writeDirectly('inventory', id, { ...found, notes: `seen ${random.below(1_000)}` });
      return;
    }
    default: {
      const id = customerIdOf(1 + random.below(CUSTOMERS + 2));
      const found = world.database.find(`customers/${id}`);
      if (found !== undefined && random.chance(0.2)) world.writeDirectly('customers', id, null);
      else if (found === undefined) world.writeDirectly('customers', id, aCustomer(id, random.pick(STORES)));
      else {
        const primary_store_id = random.chance(0.4) ? random.pick(STORES) : found['primary_store_id'];
        world.writeDirectly('customers', id, { ...found, primary_store_id, phone: aPhone(world) });
      }
    }
  }
}
