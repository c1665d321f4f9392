import type { Document } from 'mongodb';
import type { RetailQuery } from './retail-query.ts';

/** A row as a till writes it. */
export interface SoldItem {
  readonly order_item_id: string;
  readonly order_id: string;
  readonly store_id: string;
  readonly order_date: string;
  readonly product_id: string;
  readonly sku: string;
  readonly product_name: string;
  readonly quantity: number;
  readonly unit_price: number;
  readonly discount_percent: number;
  readonly discount_amount: number;
  readonly line_total: number;
  readonly created_at: string;
  readonly deleted: boolean;
}

/** One database as its clients see it. Every write is on the disk when its promise resolves. */
export interface Side extends AsyncDisposable {
  ask(query: RetailQuery, parameters: readonly string[]): Promise<Document[]>;
  orderById(orderId: string): Promise<Document | undefined>;
  customerByEmail(email: string): Promise<Document | undefined>;
  itemsOfOrder(orderId: string): Promise<Document[]>;
  insertItem(item: SoldItem): Promise<void>;
  changeStock(inventoryId: string, units: number): Promise<void>;
}

/** Every row that a bench adds belongs to such an order, so that it can be taken away again. */
export const BENCH_ORDER_PREFIX = 'bench_order_';
