import type { InventoryItem } from '../../../src/device/api.ts';
import { workerWords as words } from '../words/worker.ts';

type Location = InventoryItem['location'];

/** "aisle A7, shelf 3, bin 2" */
export const placeText = ({ aisle, shelf, bin }: Location): string => words.place(aisle, shelf, bin);
/** "A7 · 3 · 2" */
export const shortPlaceText = ({ aisle, shelf, bin }: Location): string => words.shortPlace(aisle, shelf, bin);
/** "Zava Retail Seattle" → "Seattle": the chain's own people know whose store it is. */
export const shortStoreName = (name: string): string => name.replace(/^Zava (Retail )?/, '');
