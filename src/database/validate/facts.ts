import type { StockChange } from '../../domain/index.ts';
import { NumberColumn } from './findings.ts';

/** The documents of a collection by id; the value is the document's place in the pass. */
type Places = Map<string, number>;

/**
 * What later documents are held against. Bounded: columns of numbers, and the texts of which copies exist. An order
 * takes about 150 bytes, a customer about 200, an item nothing beyond its id in a {@link UuidSet}.
 */
export class Facts {
  readonly stores = { places: new Map() as Places, ids: [] as string[], names: [] as (string | undefined)[] };
  /** Places of stores that are the demo's default. */
  readonly defaultStores: number[] = [];
  readonly ordersOfStore = new NumberColumn();

  readonly categories = { places: new Map() as Places, names: [] as string[] };
  readonly productTypes = { places: new Map() as Places, categoryIds: [] as (string | undefined)[] };
  readonly products = {
    places: new Map() as Places,
    ids: [] as string[],
    skus: [] as (string | undefined)[],
    names: [] as (string | undefined)[],
    categoryIds: [] as (string | undefined)[],
    basePriceCents: new NumberColumn(),
    embedded: new NumberColumn(),
  };
  readonly customers = {
    places: new Map() as Places,
    ids: [] as string[],
    names: [] as (string | undefined)[],
    emails: [] as (string | undefined)[],
    createdAt: [] as (string | undefined)[],
  };
  readonly inventory = {
    places: new Map() as Places,
    ids: [] as string[],
    storeIds: [] as (string | undefined)[],
    productIds: [] as (string | undefined)[],
    stockLevels: new NumberColumn(),
    /** The newest count of each item and what came after it: enough to fold the stock. */
    movements: [] as (StockChange[] | undefined)[],
  };
  readonly orders = {
    places: new Map() as Places,
    ids: [] as string[],
    storeIds: [] as (string | undefined)[],
    dates: [] as (string | undefined)[],
    /** 1 when the order counts as a sale: not cancelled. */
    sold: new NumberColumn(),
    itemCount: new NumberColumn(),
    subtotalCents: new NumberColumn(),
    discountCents: new NumberColumn(),
    itemsSeen: new NumberColumn(),
    itemsLineCents: new NumberColumn(),
    itemsDiscountCents: new NumberColumn(),
  };
  readonly transfers: Places = new Map();
  readonly replenishments: Places = new Map();
}
