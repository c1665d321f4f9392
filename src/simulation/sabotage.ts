/** Ways to break the world on purpose: a watch that finds none of them watches nothing. For the tests. */
import { hlcText, type Permissions } from '../domain/index.ts';
import type { StoreBatch } from '../edge/index.ts';
import type { GatewayFrame, Position } from '../sync/index.ts';

export const sabotages = {
  deaf_clocks: 'a device’s clock does not hear of the stamps of what it is brought',
  forgotten_outbox: 'a device forgets its unsettled work when it is killed',
  forgotten_records: 'MongoDB keeps no record of the operations that it has applied',
  forgotten_shadows: 'a device forgets at a restart what MongoDB last told',
  hasty_position: 'a device takes a position for reached that it has not',
  kept_removals: 'a device keeps what it was told to remove',
  open_rules: 'gateways show every field to everybody',
  torn_batches: 'a device stores documents without what belongs to them',
} as const satisfies Record<string, string>;

export type Sabotage = keyof typeof sabotages;

export function sabotagedBatch(batch: StoreBatch, sabotage: Sabotage | undefined, now: Position): StoreBatch {
  switch (sabotage) {
    case 'hasty_position':
      return batch.sync === null ? batch : { ...batch, sync: { ...batch.sync, position: now } };
    case 'kept_removals':
      return { ...batch, removals: [] };
    case 'torn_batches':
      return { ...batch, shadows: { put: [], remove: batch.shadows.remove } };
    default:
      return batch;
  }
}

export function heardFrame(frame: GatewayFrame, sabotage: Sabotage | undefined): GatewayFrame {
  return sabotage === 'deaf_clocks' && 'hlc' in frame ? { ...frame, hlc: hlcText(0, 0, 'gateway') } : frame;
}

/** Each rule without what it hides. */
export function openRules(permissions: Permissions): Permissions {
  const roles = Object.entries(permissions.roles).map(([role, { read, ...rest }]) => {
    const opened = Object.entries(read).map(([collection, rules]) => [
      collection,
      rules.map(({ where }) => ({ where })),
    ]);
    return [role, { ...rest, read: Object.fromEntries(opened) }];
  });
  return { ...permissions, roles: Object.fromEntries(roles) };
}
