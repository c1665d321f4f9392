import type { TransferView } from '../../../../src/device/api.ts';
import { workerWords } from '../../words/worker.ts';
import { shortStoreName } from '../place-text.ts';

const words = workerWords.transfer;
const STAGES = ['requested', 'in_transit', 'received'] as const;

/** The transfer as a line between two stores, with how far it is. */
export function TransferPath({ transfer }: { transfer: TransferView }) {
  const { from_store_name, to_store_name, status } = transfer;
  const [from, to] = [shortStoreName(from_store_name), shortStoreName(to_store_name)];
  const stage = status === 'cancelled' ? -1 : STAGES.indexOf(status);
  const state = workerWords.work.states[status];
  const dot = 'size-4 shrink-0 rounded-full border-2';
  return (
    <div role="img" aria-label={words.path(from, to, state)} className="mb-5">
      <div aria-hidden className="flex items-center">
        <span className={`${dot} ${stage >= 0 ? 'border-brand bg-brand' : 'border-line bg-sunken'}`} />
        <span className={`h-1 flex-1 ${stage >= 1 ? 'bg-brand' : 'bg-line'}`} />
        <span
          className={`rounded-full border px-3 py-1 text-sm font-medium ${status === 'in_transit' ? 'border-transit text-transit' : 'border-line text-quiet'}`}
        >
          {state}
        </span>
        <span className={`h-1 flex-1 ${stage >= 2 ? 'bg-brand' : 'bg-line'}`} />
        <span className={`${dot} ${stage >= 2 ? 'border-brand bg-brand' : 'border-line bg-sunken'}`} />
      </div>
      <div aria-hidden className="mt-1.5 flex justify-between font-medium">
        <span>{from}</span>
        <span>{to}</span>
      </div>
    </div>
  );
}
