import { ClipboardCheck, Inbox, type LucideIcon, MoveRight, PackagePlus, PencilLine } from 'lucide-react';
import type { ProductView } from '../../../../src/device/api.ts';
import { workerWords } from '../../words/worker.ts';
import { ActionBar } from '../side-by-side.tsx';
import { AdjustSheet } from './adjust-sheet.tsx';
import { CountOneSheet } from './count-one-sheet.tsx';
import { MoveSheet } from './move-sheet.tsx';
import { OrderSheet } from './order-sheet.tsx';
import { RequestSheet } from './request-sheet.tsx';

const words = workerWords.actions;

const actions = [
  { name: 'count', icon: ClipboardCheck },
  { name: 'adjust', icon: PencilLine },
  { name: 'move', icon: MoveRight },
  { name: 'order', icon: PackagePlus },
  { name: 'request', icon: Inbox },
] as const satisfies readonly { name: string; icon: LucideIcon }[];

export type ProductAction = (typeof actions)[number]['name'];

/** A product that this store keeps. */
export type KeptProduct = ProductView & { readonly here: NonNullable<ProductView['here']> };

export interface ActionSheetProps {
  readonly view: KeptProduct;
  readonly onClose: () => void;
}

export function ProductActions(props: {
  view: KeptProduct;
  action: ProductAction | null;
  /** Of whom some is asked for; null where that is to be chosen. */
  fromStore: string | null;
  onAction: (action: ProductAction | null) => void;
}) {
  const { view, action, fromStore, onAction } = props;
  const sheet = { view, onClose: () => onAction(null) };
  return (
    <>
      <ActionBar>
        {actions.map(({ name, icon: Icon }, index) => (
          <button
            key={name}
            type="button"
            onClick={() => onAction(name)}
            className={`flex min-h-14 min-w-0 cursor-pointer flex-col items-center justify-center gap-0.5 rounded-xl border text-sm font-medium transition-transform duration-100 active:scale-[0.97] ${index === 0 ? 'border-transparent bg-brand text-on-brand' : 'border-line bg-panel'}`}
          >
            <Icon aria-hidden className="size-5" />
            {words[name]}
          </button>
        ))}
      </ActionBar>
      {action === 'count' && <CountOneSheet {...sheet} />}
      {action === 'adjust' && <AdjustSheet {...sheet} />}
      {action === 'move' && <MoveSheet {...sheet} />}
      {action === 'order' && <OrderSheet {...sheet} />}
      {action === 'request' && <RequestSheet {...sheet} fromStore={fromStore} />}
    </>
  );
}
