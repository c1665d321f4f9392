import type { ShipmentView, StockWork, TransferView } from '../../../../src/device/api.ts';
import { useView } from '../../shared/device/use-view.ts';

export const isShipmentOpen = ({ status }: ShipmentView): boolean => status !== 'received' && status !== 'cancelled';
export const isTransferOpen = ({ status }: TransferView): boolean => status === 'requested' || status === 'in_transit';
/** Whether this store has the next step of it. */
export const isOurTurn = ({ direction, status }: TransferView): boolean =>
  (direction === 'leaving' && status === 'requested') || (direction === 'coming' && status === 'in_transit');

/** How many things wait for somebody of this store. */
export function useWorkToDo(): number {
  const work = useView<StockWork>('stock-work');
  if (work.state !== 'ready') return 0;
  return work.value.shipments.filter(isShipmentOpen).length + work.value.transfers.filter(isOurTurn).length;
}
