import type { SeededPick } from './pick.ts';
import type { Side } from './side.ts';
import { soldItem } from './sold-item.ts';

/** Small operations of one client that waits for each answer. */
export const pointOperations: readonly {
  readonly name: string;
  readonly run: (side: Side, pick: SeededPick) => Promise<unknown>;
}[] = [
  { name: 'point-read-id', run: (side, pick) => side.orderById(pick.orderId()).then(expectFound) },
  { name: 'point-read-unique', run: (side, pick) => side.customerByEmail(pick.email()).then(expectFound) },
  { name: 'insert', run: (side, pick) => side.insertItem(soldItem(pick)) },
];

function expectFound(document: unknown): void {
  if (document === undefined) throw new Error('A point read found nothing: the data set is not what it should be.');
}
