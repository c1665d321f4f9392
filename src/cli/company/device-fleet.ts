/** The devices that `zava start` brings up with the company, as headquarters shows them. */
import type { Db } from 'mongodb';
import { deviceIdFromName } from '../../device/index.ts';
import type { Store } from '../../domain/index.ts';
import { allowDevice, readWithdrawn, revokeDevice } from '../../gateway/index.ts';
import { type CompanyDevice, type Fleet, HeadquartersError } from '../../headquarters/index.ts';
import { DeviceChild } from './device-child.ts';
import { isFree } from './free-port.ts';

/** In the order in which they are started; `--devices 2` takes the first two. */
export const FLEET = [
  { name: 'Seattle worker', storeId: 'store_seattle', role: 'worker' },
  { name: 'Seattle sales', storeId: 'store_seattle', role: 'sales_rep' },
  { name: 'Bellevue worker', storeId: 'store_bellevue', role: 'worker' },
  { name: 'Online sales', storeId: 'store_online', role: 'sales_rep' },
] as const;

/** Where it is free; a link that was kept goes on leading to the same app. */
const PORT_FIRST = 4_101;
const REVOKED_BECAUSE = 'turned away on the first page';

export interface FleetOptions {
  readonly db: Db;
  /** How many of {@link FLEET}. */
  readonly count: number;
  readonly gatewayUri: string;
  /** False where headquarters took any free port: then they do too. */
  readonly hasUsualPorts: boolean;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly note: (line: string) => void;
}

interface Member {
  readonly id: string;
  readonly name: string;
  readonly storeId: string;
  readonly storeName: string;
  readonly role: CompanyDevice['role'];
  readonly child: DeviceChild;
}

export class DeviceFleet implements Fleet {
  readonly #db: Db;
  readonly #members: readonly Member[];
  readonly #listeners = new Set<(devices: readonly CompanyDevice[]) => void>();
  #shutOut: ReadonlySet<string> = new Set();

  private constructor(db: Db, members: readonly Member[]) {
    this.#db = db;
    this.#members = members;
  }

  /** Starts them, and resolves when each answers or has ended without. Stores that are not there have no devices. */
  static async start(options: FleetOptions): Promise<DeviceFleet> {
    const stores = await options.db.collection<Store>('stores').find().toArray();
    const names = new Map(stores.map(({ store_id, store_name }) => [store_id, store_name]));
    const wanted = FLEET.slice(0, options.count).filter(({ storeId }) => names.has(storeId));
    let changed: () => void = () => undefined;
    const members: Member[] = [];
    for (const [index, one] of wanted.entries()) {
      const id = deviceIdFromName(one.name);
      const port = options.hasUsualPorts && (await isFree(PORT_FIRST + index)) ? PORT_FIRST + index : 0;
      const words = ['--store', one.storeId, '--role', one.role, '--name', one.name, '--user', id];
      const child = new DeviceChild({
        ...options,
        name: one.name,
        words: [...words, '--gateway', options.gatewayUri],
        port,
        // A token that a person set for a device of their own is not for these.
        environment: { ...options.environment, ZAVA_DEVICE_TOKEN: undefined },
        onChange: () => changed(),
      });
      members.push({ ...one, id, storeName: names.get(one.storeId) ?? one.storeId, child });
    }
    const fleet = new DeviceFleet(options.db, members);
    changed = () => fleet.#tell();
    await fleet.#readShutOut();
    await Promise.all(members.map(({ child }) => child.start()));
    return fleet;
  }

  get devices(): readonly CompanyDevice[] {
    return this.#members.map(({ child, ...member }) => ({
      ...member,
      url: child.url,
      state: stateOf(child),
      pendingOperations: child.state?.pendingOperations ?? 0,
      rejectedOperations: child.state?.rejectedOperations ?? 0,
      lastSyncMs: child.state?.lastSyncMs ?? null,
      isAllowed: !this.#shutOut.has(member.id),
    }));
  }

  subscribe(listener: (devices: readonly CompanyDevice[]) => void): () => void {
    this.#listeners.add(listener);
    listener(this.devices);
    return () => this.#listeners.delete(listener);
  }

  async setOnline(id: string, isOnline: boolean): Promise<void> {
    const { child, name } = this.#member(id);
    if (child.url === null)
      throw new HeadquartersError('DEVICE_UNREACHABLE', `The program of ${name} does not answer.`);
    const response = await fetch(`${child.url}/api/network`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ online: isOnline }),
    });
    if (!response.ok) throw new HeadquartersError('DEVICE_UNREACHABLE', `${name} answered ${response.status}.`);
    child.state = (await response.json()) as NonNullable<DeviceChild['state']>;
    this.#tell();
  }

  async setAllowed(id: string, isAllowed: boolean): Promise<void> {
    const { child } = this.#member(id);
    if (isAllowed) await allowDevice(this.#db, id);
    else await revokeDevice(this.#db, id, REVOKED_BECAUSE);
    await this.#readShutOut();
    // It would come by itself, within a minute; nobody who has just let it in wants to wait for that.
    if (isAllowed && child.url !== null && child.state?.isAllowedOnline === true) await this.setOnline(id, true);
    this.#tell();
  }

  async restart(id: string): Promise<void> {
    await this.#member(id).child.restart();
  }

  /** Ends them all, and waits until they are gone. */
  async stop(): Promise<void> {
    await Promise.all(this.#members.map(({ child }) => child.stop()));
  }

  #member(id: string): Member {
    const member = this.#members.find((one) => one.id === id);
    if (member === undefined) throw new HeadquartersError('NO_SUCH_DEVICE', `There is no device '${id}' here.`);
    return member;
  }

  async #readShutOut(): Promise<void> {
    this.#shutOut = new Set((await readWithdrawn(this.#db)).devices.keys());
  }

  #tell(): void {
    // It may have been shut out, or let in, by a command.
    const isTurnedAway = this.#members.some(
      ({ id, child }) => (child.state?.phase === 'refused') !== this.#shutOut.has(id),
    );
    if (isTurnedAway) void this.#readShutOut().catch(() => undefined);
    for (const hear of this.#listeners) hear(this.devices);
  }
}

function stateOf({ life, state }: DeviceChild): CompanyDevice['state'] {
  if (life !== 'running') return life;
  if (state === null) return 'starting';
  if (!state.isAllowedOnline) return 'cut';
  return state.phase;
}
