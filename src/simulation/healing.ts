/** Lets everything be well again, waits until nothing moves, and holds the end to its promises. */
import { BrokenPromise } from './broken-promise.ts';
import type { SimulatedDevice } from './device.ts';
import { Random } from './random.ts';
import { carryAnywhere } from './steps.ts';
import type { World } from './world.ts';

const ROUNDS_MAX = 120;
const QUIET_ROUNDS = 3;
/** Comparisons take the collections in turn, by the second. */
const VERIFY_ROUNDS = 6;

export function heal(world: World, seed: number): void {
  world.step = 'healing';
  world.random = new Random(seed ^ 0x6ea1);
  world.tell('the world', 'nothing disturbs any more');
  for (const gateway of world.gateways) {
    gateway.effectsUntilCrash = null;
    gateway.operationsPutOff = 0;
    for (const link of gateway.links) link.isSlow = false;
  }
  for (const device of world.devices) {
    device.effectsUntilCrash = null;
    if (device.link !== null) device.link.isSlow = false;
    world.grant(device);
  }
  settle(world);
  if (world.devices.some(({ damaged }) => damaged.size > 0)) verifyAll(world);
  requireAll(world);
}

/** Half-open connections and hanging streams are not mended here: heartbeats have to find them. */
function settle(world: World): void {
  let quietRounds = 0;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const isQuiet = passSecond(world);
    quietRounds = isQuiet ? quietRounds + 1 : 0;
    if (quietRounds >= QUIET_ROUNDS && !hasHalfOpen(world) && !hasStalled(world)) return;
  }
  const restless = world.devices.find((device) => !isDeviceAtRest(device));
  if (restless === undefined) throw new BrokenPromise('quiet', 'Connections come and go without an end.');
  const { replica, store, deviceId } = restless;
  throw new BrokenPromise(
    'quiet',
    `${deviceId} is ${replica.state.phase} with ${store.outbox.size} unsettled operations (${replica.state.pendingOperations} not sent) and ${store.shadows.size} shadows.`,
  );
}

/** Whether nobody had to come again, and nothing waits at its end. */
function passSecond(world: World): boolean {
  let isQuiet = true;
  for (const device of world.devices) {
    if (device.link === null) isQuiet = false;
    // Whoever was refused for a frame asks again, as a person who starts the app again does.
    world.grant(device);
    world.connect(device);
  }
  world.tick();
  while (carryAnywhere(world));
  return isQuiet && isAtRest(world);
}

const hasHalfOpen = (world: World): boolean =>
  world.devices.some(({ link }) => link !== null && (link.vanishesToGateway || link.vanishesToDevice));

const hasStalled = (world: World): boolean => world.gateways.some(({ stalledSinceMs }) => stalledSinceMs !== null);

const isAtRest = (world: World): boolean => world.devices.every(isDeviceAtRest);

const isDeviceAtRest = ({ replica, store }: SimulatedDevice): boolean =>
  replica.state.phase === 'online' && store.outbox.size === 0 && store.shadows.size === 0;

function verifyAll(world: World): void {
  for (let round = 0; round < VERIFY_ROUNDS; round++) {
    passSecond(world);
    for (const { gateway, link } of world.links()) world.verify(gateway, link);
    while (carryAnywhere(world));
  }
  for (const device of world.devices) device.damaged.clear();
}

function requireAll(world: World): void {
  for (const device of world.devices) {
    requireEachOperation(world, device);
    world.watch.requireNoHole(device);
    world.watch.requireScope(device);
    world.watch.requireBelievedStock(device);
  }
  world.transactions.newest.require((key) => world.database.find(key));
  for (const item of world.database.of('inventory')) world.watch.requireStock(String(item['_id']));
}

function requireEachOperation(world: World, device: SimulatedDevice): void {
  const { effects, inbox } = world.transactions;
  for (const { inboxId, operation } of device.store.rejected) {
    if (inbox.get(inboxId)?.isOpen !== false) continue;
    throw new BrokenPromise('settled', `${device.deviceId} holds '${operation.action}' for refused; it was settled.`);
  }
  const heldOpen = new Set(device.store.rejected.map(({ inboxId }) => inboxId));
  for (const { operation, isLostWithStore } of device.acknowledged) {
    const { action, settles } = operation;
    const times = effects.get(action) ?? 0;
    if (times > 1)
      throw new BrokenPromise('applied_once', `'${action}' of ${device.deviceId} took effect ${times} times.`);
    const entries = [...inbox].filter(([id, entry]) => id === settles?.inboxId || entry.operation.action === action);
    const isSettled = entries.some(([, { isOpen }]) => !isOpen);
    const isTold = entries.some(([inboxId]) => heldOpen.has(inboxId));
    if (isLostWithStore) continue;
    if (times === 0 && !isTold && !isSettled) {
      const how = entries.length > 0 ? 'is parked, and its device was not told' : 'is nowhere';
      throw new BrokenPromise('told', `'${action}' of ${device.deviceId} ${how}.`);
    }
    // A store that was put back twice asks again for what it has settled in between, and hears so.
    const told = device.store.rejected.find((each) => each.operation.action === action);
    if (times === 1 && told !== undefined && told.reason !== 'already_settled') {
      throw new BrokenPromise('told', `'${action}' of ${device.deviceId} took effect, and was told as refused.`);
    }
  }
}
