/** How a device is brought to its first checkpoint: decided from what it says that it holds. */
import type { CollectionName } from '../domain/index.ts';
import type { CollectionScope, DeviceFrame, GatewayFrame, Holding, Position } from '../sync/index.ts';

export type Step =
  | { readonly kind: 'snapshot'; readonly scope: CollectionScope; readonly afterId: string | null }
  | { readonly kind: 'compare'; readonly scope: CollectionScope };

export interface Plan {
  /** Where the changes that follow begin. */
  readonly base: Position;
  readonly steps: Step[];
  readonly collections: Ways;
}

type Ways = NonNullable<Extract<GatewayFrame, { type: 'plan' }>['collections']>;

export function planOf(
  { holdings, position }: Extract<DeviceFrame, { type: 'subscribe' }>,
  scope: ReadonlyMap<CollectionName, CollectionScope>,
  now: Position,
  isHistoryKept: boolean,
): Plan {
  const keptPosition = isHistoryKept ? position : null;
  const steps: Step[] = [];
  const collections: Ways = {};
  let goesOnFromDevice = false;
  for (const one of scope.values()) {
    const holding: Holding = holdings[one.collection] ?? { state: 'nothing' };
    const isSame = holding.state !== 'nothing' && holding.fingerprint === one.fingerprint && keptPosition !== null;
    const way = wayOf(holding, isSame);
    collections[one.collection] = { fingerprint: one.fingerprint, way };
    if (isSame) goesOnFromDevice = true;
    if (way === 'compare') steps.push({ kind: 'compare', scope: one });
    else if (way !== 'changes') {
      steps.push({
        kind: 'snapshot',
        scope: one,
        afterId: holding.state === 'partial' && isSame ? holding.lastId : null,
      });
    }
  }
  return { base: goesOnFromDevice && keptPosition !== null ? keptPosition : now, steps, collections };
}

function wayOf(holding: Holding, isSame: boolean): Ways[string]['way'] {
  if (holding.state === 'nothing') return 'snapshot';
  if (!isSame) return 'compare';
  return holding.state === 'whole' ? 'changes' : 'resume_snapshot';
}

/** Whether the plan is what the device holds, all of it by changes: nothing has to be said of it then. */
export const isAsHeld = ({ collections }: Plan, { holdings }: Extract<DeviceFrame, { type: 'subscribe' }>): boolean =>
  Object.values(collections).every(({ way }) => way === 'changes') &&
  Object.keys(holdings).every((collection) => Object.hasOwn(collections, collection));
