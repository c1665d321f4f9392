import type { Alert, ReplenishmentOrder, StockMovement, StockTransfer } from '../../../domain/index.ts';
import type { RuleMaker } from './rule.ts';

type MovementKind = StockMovement['kind'];

/** Which way a movement of this kind moves the stock: −1 out, 1 in, 0 either; a count is no movement but a level. */
const direction: Readonly<Record<MovementKind, -1 | 0 | 1 | 'level'>> = {
  sale: -1,
  return: 1,
  receipt: 1,
  transfer_out: -1,
  transfer_in: 1,
  adjustment: 0,
  count: 'level',
};

function signFault(kind: MovementKind, quantity: number): string | undefined {
  const way = direction[kind];
  if (way === 'level') return quantity < 0 ? 'a count of zero or more' : undefined;
  if (way === -1 && quantity >= 0) return `a negative quantity: a ${kind} takes from the stock`;
  if (way === 1 && quantity <= 0) return `a positive quantity: a ${kind} adds to the stock`;
  return undefined;
}

export const stockMovementRules: RuleMaker<StockMovement> = ({ facts, fail }) => {
  const { inventory, orders, transfers, replenishments } = facts;
  /** Per inventory document: the newest count's timestamp and id; movements up to it no longer matter. */
  const newestCount: (StockMovement | undefined)[] = [];
  const causes = [
    ['order_id', orders.places, 'an order'],
    ['transfer_id', transfers, 'a transfer'],
    ['replenishment_id', replenishments, 'a replenishment order'],
  ] as const;
  return {
    document(movement, place, id) {
      const { inventory_id, kind, quantity, hlc } = movement;
      const item = inventory_id === undefined ? undefined : inventory.places.get(inventory_id);
      if (inventory_id !== undefined && item === undefined) {
        fail('stock_movements.inventory', place, id, 'inventory_id', inventory_id, 'the id of an inventory document');
      }
      if (kind !== undefined && quantity !== undefined) {
        const expected = signFault(kind, quantity);
        if (expected !== undefined) fail('stock_movements.sign', place, id, 'quantity', quantity, expected);
      }
      for (const [field, places, what] of causes) {
        const cause = movement[field];
        if (cause !== undefined && !places.has(cause)) {
          fail('stock_movements.cause', place, id, field, cause, `the id of ${what}`);
        }
      }
      if (item === undefined) return;
      const copies = [
        ['store_id', inventory.storeIds[item]],
        ['product_id', inventory.productIds[item]],
      ] as const;
      for (const [field, expected] of copies) {
        const found = movement[field];
        if (found !== undefined && expected !== undefined && found !== expected) {
          fail('stock_movements.copies', place, id, field, found, `${expected}, as its inventory document`);
        }
      }
      if (kind === undefined || quantity === undefined || hlc === undefined) {
        // Without this movement the fold would be wrong: the item's stock is not judged.
        inventory.stockLevels.set(item, Number.NaN);
        return;
      }
      const change = { movement_id: id, kind, quantity, hlc } as StockMovement;
      const newest = newestCount[item];
      if (newest !== undefined && !isAfter(change, newest)) return;
      const later = inventory.movements[item] ?? [];
      if (kind === 'count') {
        newestCount[item] = change;
        inventory.movements[item] = [...later.filter((each) => isAfter(each as StockMovement, change)), change];
      } else {
        later.push(change);
        inventory.movements[item] = later;
      }
    },
  };
};

/** The order of the fold: what is not after the newest count can be forgotten. */
const isAfter = (movement: StockMovement, other: StockMovement) =>
  movement.hlc === other.hlc ? movement.movement_id > other.movement_id : movement.hlc > other.hlc;

export const stockTransferRules: RuleMaker<StockTransfer> = ({ facts, fail }) => ({
  document({ transfer_id, from_store_id, to_store_id, lines }, place, id) {
    if (transfer_id !== undefined) facts.transfers.set(transfer_id, place);
    for (const [field, storeId] of [
      ['from_store_id', from_store_id],
      ['to_store_id', to_store_id],
    ] as const) {
      if (storeId !== undefined && !facts.stores.places.has(storeId)) {
        fail('stock_transfers.stores', place, id, field, storeId, 'the id of a store');
      }
    }
    if (from_store_id !== undefined && from_store_id === to_store_id) {
      fail('stock_transfers.stores', place, id, 'to_store_id', to_store_id, 'another store than from_store_id');
    }
    for (const productId of Object.keys(lines ?? {})) {
      if (!facts.products.places.has(productId)) {
        fail('stock_transfers.lines', place, id, 'lines', productId, 'ids of products as keys');
      }
    }
  },
});

export const replenishmentOrderRules: RuleMaker<ReplenishmentOrder> = ({ facts, fail }) => ({
  document({ replenishment_id, store_id, lines }, place, id) {
    if (replenishment_id !== undefined) facts.replenishments.set(replenishment_id, place);
    if (store_id !== undefined && !facts.stores.places.has(store_id)) {
      fail('replenishment_orders.store', place, id, 'store_id', store_id, 'the id of a store');
    }
    for (const productId of Object.keys(lines ?? {})) {
      if (!facts.products.places.has(productId)) {
        fail('replenishment_orders.lines', place, id, 'lines', productId, 'ids of products as keys');
      }
    }
  },
});

export const alertRules: RuleMaker<Alert> = ({ facts, fail }) => ({
  document({ store_id }, place, id) {
    if (store_id !== undefined && !facts.stores.places.has(store_id)) {
      fail('alerts.store', place, id, 'store_id', store_id, 'the id of a store');
    }
  },
});
