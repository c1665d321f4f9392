/** What the queries of the database answer: shapes alone, so that pages can import them. Money is in dollars, without tax. */

export interface DaySales {
  /** `2026-11-21`, UTC. */
  readonly day: string;
  readonly sales: number;
  readonly orders: number;
  readonly units: number;
  /** Sales of an order; null on a day without one. */
  readonly averageBasket: number | null;
  /** Sales less what was sold cost the chain; null for who may not see costs. */
  readonly margin: number | null;
  /** Of each hour of the day, 0 to 23, UTC. */
  readonly hours: readonly { readonly hour: number; readonly sales: number; readonly orders: number }[];
}

/** The newest order's day, which counts as today, against the same day of the year before. */
export interface TodayResult {
  readonly today: DaySales | null;
  readonly lastYear: DaySales | null;
  /** Of last year's day up to the hour of the newest order: what is fair to compare with a day that is not over. */
  readonly lastYearSoFar: number | null;
  readonly newestOrderAt: string | null;
}

export interface OrderRow {
  readonly order_id: string;
  readonly order_date: string;
  readonly store_id: string;
  readonly store_name: string;
  /** Left out for who may not see customers. */
  readonly customer_name?: string;
  readonly status: string;
  readonly item_count: number;
  readonly subtotal: number;
  readonly total: number;
}

export interface SalesRow {
  readonly key: string;
  readonly name: string;
  readonly orders: number;
  readonly sales: number;
}

export interface CategorySalesRow {
  readonly category_id: string;
  readonly category_name: string;
  readonly units: number;
  readonly sales: number;
  /** Null for who may not see costs. */
  readonly margin: number | null;
}

export interface SeasonRow {
  readonly category_id: string;
  readonly category_name: string;
  /** Twelve months, January first: each month's sales against the average month of its year. Null without full years. */
  readonly months: readonly { readonly plan: number; readonly actual: number | null }[];
  /** The largest distance of any month from its plan. */
  readonly largestGap: number;
}

export interface ProductSalesRow {
  readonly product_id: string;
  readonly sku: string;
  readonly product_name: string;
  readonly category_name: string;
  readonly base_price: number;
  readonly units: number;
  readonly sales: number;
  readonly stock: number;
  /** Of the stock at the pace of these weeks; null where nothing was sold. */
  readonly weeksOfCover: number | null;
}

export interface InventoryRow {
  readonly key: string;
  readonly name: string;
  readonly products: number;
  readonly units: number;
  /** At cost; at selling price for who may not see costs. */
  readonly value: number;
  readonly weeksOfCover: number | null;
  readonly low: number;
  readonly oversold: number;
}

export interface InventoryResult {
  readonly isAtCost: boolean;
  readonly stores: readonly InventoryRow[];
  readonly categories: readonly InventoryRow[];
}

export interface LowStockCell {
  readonly store_id: string;
  readonly store_name: string;
  readonly category_id: string;
  readonly category_name: string;
  readonly products: number;
  readonly low: number;
  readonly oversold: number;
}

export interface LowStockItem {
  readonly store_id: string;
  readonly store_name: string;
  readonly product_id: string;
  readonly sku: string;
  readonly product_name: string;
  readonly category_name: string;
  readonly stock_level: number;
  readonly reorder_threshold: number;
  readonly reorder_quantity: number;
}

export interface ShortCoverRow extends LowStockItem {
  /** Units of the weeks that make the pace, without cancelled orders. */
  readonly unitsSold: number;
  /** Weeks until the shelf is empty at that pace, to a tenth; 0 where it is empty or oversold. */
  readonly weeksOfCover: number;
}

export interface TransferRow {
  readonly transfer_id: string;
  readonly status: string;
  readonly from_store_id: string;
  readonly from_store_name: string;
  readonly to_store_id: string;
  readonly to_store_name: string;
  readonly products: number;
  readonly units: number;
  /** When it came into its present state, and who did it. */
  readonly since: string | null;
  readonly by: string | null;
}

export interface AlertRow {
  readonly alert_id: string;
  readonly kind: string;
  readonly severity: string;
  readonly state: string;
  readonly store_id: string;
  readonly store_name: string;
  readonly subjects: Readonly<Record<string, string>>;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly raised_at: string;
}

export interface PriceRow {
  readonly product_id: string;
  readonly sku: string;
  readonly product_name: string;
  readonly category_name: string;
  readonly base_price: number;
  readonly cost: number | null;
}

/** Null where the order is of a store that is not the asker's. */
export interface OrderDetails {
  readonly order_id: string;
  readonly order_date: string;
  readonly store_id: string;
  readonly store_name: string;
  readonly status: string;
  readonly subtotal: number;
  readonly discount_total: number;
  readonly tax: number;
  readonly total: number;
  /** Null for who may not see customers. */
  readonly customer: { readonly customer_id: string; readonly name: string; readonly email: string } | null;
  readonly items: readonly {
    readonly product_id: string;
    readonly sku: string;
    readonly product_name: string;
    readonly quantity: number;
    readonly unit_price: number;
    readonly discount_percent: number;
    readonly line_total: number;
  }[];
}

export interface CustomerHistory {
  readonly customer_id: string;
  readonly name: string;
  readonly email: string;
  readonly phone: string;
  readonly primary_store_id: string;
  readonly customer_since: string;
  /** Sales of all orders at the asker's stores that were not cancelled. */
  readonly lifetimeValue: number;
  readonly ordersSold: number;
  readonly averageBasket: number | null;
  readonly firstOrderAt: string | null;
  readonly lastOrderAt: string | null;
  readonly orders: readonly OrderRow[];
}

export interface SegmentRow {
  readonly segment: string;
  /** In words. */
  readonly meaning: string;
  readonly customers: number;
  /** Of all who bought. */
  readonly percent: number;
  readonly orders: number;
  readonly sales: number;
}

export interface CohortRow {
  /** The year of the first order. */
  readonly cohort: string;
  readonly year: string;
  readonly yearsAfter: number;
  readonly customers: number;
  /** Of those who began in the cohort's year. */
  readonly percent: number;
}

export interface BasketRow {
  readonly store_id: string;
  readonly store_name: string;
  readonly orders: number;
  readonly averageValue: number;
  readonly averageLines: number;
}

export interface BoughtTogetherRow {
  readonly product_id: string;
  readonly sku: string;
  readonly product_name: string;
  /** Orders with both in them. */
  readonly orders: number;
  /** Of the orders that were looked at. */
  readonly percent: number;
  readonly units: number;
}

export interface YearOnYearRow {
  /** `2026-11` */
  readonly month: string;
  readonly sales: number;
  readonly salesBefore: number;
  readonly orders: number;
  readonly ordersBefore: number;
  /** Null where the year before sold nothing. */
  readonly changePercent: number | null;
  /** Both are counted up to the newest order's day. */
  readonly isPartial: boolean;
}

export interface TypeSalesRow {
  readonly type_id: string;
  readonly type_name: string;
  readonly category_name: string;
  readonly units: number;
  readonly sales: number;
}

export interface FoundProduct {
  readonly product_id: string;
  readonly sku: string;
  readonly product_name: string;
  readonly category_name: string;
  readonly product_description: string;
  readonly base_price: number;
  /** How well it matches: to compare within one answer. */
  readonly score: number;
}

export interface AvailabilityRow {
  readonly store_id: string;
  readonly store_name: string;
  readonly stock_level: number;
  readonly reorder_threshold: number;
  readonly location: { readonly aisle: string; readonly shelf: string; readonly bin: string };
}

/** A product that a search found, and how. */
export interface SearchedProduct extends Omit<FoundProduct, 'score'> {
  /** By words that the product's texts hold, by what the question means, or both. */
  readonly matchedBy: readonly ('words' | 'meaning')[];
  /** How near the meanings are, 0 to 1 (the cosine of their vectors); null where it was found by words alone. */
  readonly similarity: number | null;
}

export interface SearchResult {
  /** How it was searched. */
  readonly mode: 'hybrid' | 'meaning' | 'words';
  /** Why the meaning could not be searched for; null where it was, or was not asked for. */
  readonly because: string | null;
  /** The best first. */
  readonly products: readonly SearchedProduct[];
}

/** All that a shopper may know of a product. */
export interface ProductCard {
  readonly product_id: string;
  readonly sku: string;
  readonly product_name: string;
  readonly category_name: string;
  readonly type_name: string;
  readonly product_description: string;
  readonly base_price: number;
  readonly specifications: Readonly<Record<string, unknown>>;
}

/** Units of a product in all stores that were asked about. */
export interface ProductStock {
  readonly product_id: string;
  readonly units: number;
}
