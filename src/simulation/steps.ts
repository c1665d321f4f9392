/** What each kind of step does to the world. */
import { BrokenPromise } from './broken-promise.ts';
import { SMALL_SKEWS_MS } from './company.ts';
import type { SimulatedDevice } from './device.ts';
import type { SimulatedGateway } from './gateway.ts';
import type { Link } from './link.ts';
import { kindOf, type Step, type StepKind } from './plan.ts';
import { Random } from './random.ts';
import { correctSomething, doSomething, settleSomething, writeSomething } from './work.ts';
import type { World } from './world.ts';

const HOUR_MS = 3_600_000;
const SKEWS_MS = [0, 0, 0, 300, -300, 2 * HOUR_MS, -48 * HOUR_MS, 30 * 24 * HOUR_MS];
const GATEWAY_SKEWS_MS = [0, 0, 400, -400];
const CARRIES_MAX = 8;

/** Plays one step; a part that throws breaks a promise as well. */
export function playStep(world: World, step: Step): void {
  world.step = step.number;
  world.random = new Random(step.seed);
  world.wallClockMs += world.random.below(100);
  const device = world.deviceAt(step.device);
  // What happens to the world needs no device.
  if (device !== undefined || kindOf(step).isOfWorld === true) {
    guarded(() => plays[step.kind](world, device as SimulatedDevice));
  }
}

export function guarded(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof BrokenPromise) throw error;
    throw new BrokenPromise('no_fault', error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

const plays: Readonly<Record<StepKind, (world: World, device: SimulatedDevice) => void>> = {
  carry(world) {
    const carries = 1 + world.random.below(CARRIES_MAX);
    for (let carried = 0; carried < carries; carried++) carryAnywhere(world);
  },
  stream(world) {
    const moments = 1 + world.random.below(4);
    const gateway = world.random.pick(world.gateways);
    for (let moment = 0; moment < moments; moment++) world.hearMore(gateway);
  },
  work: doSomething,
  correct: correctSomething,
  settle: settleSomething,
  settle_at_headquarters: (world) => world.settleAtHeadquarters(),
  direct: (world) => writeSomething(world),
  connect: (world, device) => world.connect(device),
  tick: (world) => world.tick(),
  verify: (world, device) => onLinkOf(world, device, (gateway, link) => world.verify(gateway, link)),
  cut(world, device) {
    if (device.link === null) return;
    world.tell(device.deviceId, 'loses its connection');
    const { link } = device;
    // What was on its way may be lost, in either direction; what remains still arrives.
    link.toGateway.length = world.random.below(link.toGateway.length + 1);
    world.cut(device);
  },
  part(world, device) {
    if (device.link === null) return;
    const isDeaf = world.random.chance(0.5);
    world.tell(device.deviceId, isDeaf ? 'hears nothing any more' : 'is not heard any more');
    if (isDeaf) device.link.vanishesToDevice = true;
    else device.link.vanishesToGateway = true;
  },
  crash(world, device) {
    device.effectsUntilCrash = 1 + world.random.below(6);
  },
  kill_gateway(world) {
    world.random.pick(world.gateways).effectsUntilCrash = 1 + world.random.below(12);
  },
  restart_gateway: (world) => world.restartGateway(world.random.pick(world.gateways)),
  back_up(world, device) {
    world.tell(device.deviceId, 'is backed up');
    device.backup = device.store.copy();
  },
  restore(world, device) {
    if (device.backup === null) return;
    world.restore(device);
  },
  busy(world) {
    world.random.pick(world.gateways).operationsPutOff = 1 + world.random.below(4);
  },
  set_clock(world, device) {
    if (world.random.chance(0.2)) {
      const gateway = world.random.pick(world.gateways);
      gateway.clockSkewMs = world.random.pick(GATEWAY_SKEWS_MS);
      return;
    }
    device.clockSkewMs = world.random.pick(SKEWS_MS);
    world.tell(device.deviceId, `has a clock that is ${device.clockSkewMs / 1000} s off`);
  },
  run_ahead(world, device) {
    device.clockSkewMs = world.random.pick(SMALL_SKEWS_MS);
    world.tell(device.deviceId, `has a clock that is ${device.clockSkewMs / 1000} s off`);
  },
  damage: damageSomething,
  duplicate(_world, device) {
    const link = device.link;
    const at = link?.toGateway.findIndex((text) => text.startsWith('{"type":"upload"')) ?? -1;
    if (link != null && at >= 0) link.toGateway.push(link.toGateway[at] as string);
  },
  lose_history(world) {
    world.tell('MongoDB', 'loses its history');
    world.database.loseHistory();
  },
  change_role: (world, device) => world.changeRole(device),
  revoke: (world, device) => world.revoke(device),
  grant: (world, device) => world.grant(device),
  slow_down(world, device) {
    if (device.link === null) return;
    world.tell(device.deviceId, 'reads slowly');
    device.link.isSlow = true;
  },
  stall_stream(world) {
    const gateway = world.random.pick(world.gateways);
    gateway.stalledSinceMs ??= world.wallClockMs;
    world.tell(gateway.gatewayId, 'has a change stream that hangs');
  },
  repeat_stream: (world, device) => onLinkOf(world, device, (gateway, link) => world.repeatStream(gateway, link)),
  subscribe: (world, device) => world.changeScope(device),
  truncate(world, device) {
    const queue = world.random.chance(0.5) ? device.link?.toGateway : device.link?.toDevice;
    if (queue === undefined || queue.length === 0) return;
    const at = world.random.below(queue.length);
    const text = queue[at] as string;
    world.tell(device.deviceId, 'has a frame that is cut in the middle');
    queue[at] = text.slice(0, world.random.below(text.length));
  },
};

/** One thing further on any connection; false where nothing moves anywhere. */
export function carryAnywhere(world: World): boolean {
  const known = new Set<Link>();
  const all: { gateway: SimulatedGateway | null; link: Link }[] = world.links();
  for (const { link } of all) known.add(link);
  for (const { link } of world.devices) if (link !== null && !known.has(link)) all.push({ gateway: null, link });
  while (all.length > 0) {
    const at = world.random.below(all.length);
    const [chosen] = all.splice(at, 1) as [(typeof all)[number]];
    if (world.carry(chosen.gateway, chosen.link)) return true;
  }
  return false;
}

function onLinkOf(world: World, device: SimulatedDevice, work: (gateway: SimulatedGateway, link: Link) => void): void {
  const found = world.links().find(({ link }) => link === device.link);
  if (found !== undefined) work(found.gateway, found.link);
}

/** Of documents that wait for nothing: what the device's own work is built on is its outbox's business. */
function damageSomething(world: World, device: SimulatedDevice): void {
  const { documents, shadows } = device.store;
  const keys = [...documents.keys()].filter((key) => !shadows.has(key));
  if (keys.length === 0) return;
  const key = world.random.pick(keys);
  device.damaged.add(key);
  world.tell(device.deviceId, `has a damaged document, ${key}`);
  if (world.random.chance(0.3)) documents.delete(key);
  else documents.set(key, { ...documents.get(key), damaged_by: 'a bad sector' });
}
