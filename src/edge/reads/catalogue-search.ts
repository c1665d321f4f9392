/** Finds products by what people type, without a network: name, kind, number and description, with typing errors. */
import { statements } from '../dql.ts';
import { type LiveQuery, type ObservableStore, observe } from '../observe.ts';
import { RankedSearch, type SearchField, type SearchHit } from './ranked-search.ts';
import { type SeenProduct, StoreReader } from './store-reader.ts';

interface SearchedProduct {
  readonly product: SeenProduct;
  readonly typeName: string;
  readonly categoryName: string;
}

export interface CatalogueHit extends SearchedProduct {
  readonly score: number;
}

/** What of a product is searched, and how much it says. */
export const catalogueFields = <Item>(
  texts: Readonly<Record<'name' | 'type' | 'category' | 'description', (item: Item) => string>>,
): SearchField<Item>[] => [
  { weight: 10, headWeight: 13, text: texts.name },
  { weight: 5, text: texts.type },
  { weight: 2, text: texts.category },
  { weight: 1.5, text: texts.description },
];

export class CatalogueSearch {
  readonly #reader: StoreReader;
  readonly #search = new RankedSearch<SearchedProduct>(
    catalogueFields({
      name: ({ product }) => product.product_name,
      type: ({ typeName }) => typeName,
      category: ({ categoryName }) => categoryName,
      description: ({ product }) => product.product_description,
    }),
    ({ product }) => product.sku,
  );
  #live: LiveQuery | null = null;

  private constructor(reader: StoreReader) {
    this.#reader = reader;
  }

  /** Reads the catalogue, and follows its changes until it is closed. */
  static async open(store: ObservableStore, onFault: (error: Error) => void): Promise<CatalogueSearch> {
    const catalogue = new CatalogueSearch(new StoreReader(store));
    await catalogue.#index(await catalogue.#reader.products());
    catalogue.#live = observe<SeenProduct>(
      store,
      statements.products,
      {},
      (products) => catalogue.#index(products),
      onFault,
    );
    return catalogue;
  }

  /** Products in the search; 0 until the catalogue has come. */
  get size(): number {
    return this.#search.size;
  }

  search(question: string, limit = 20): CatalogueHit[] {
    return this.#search
      .search(question, limit)
      .map(({ item, score }: SearchHit<SearchedProduct>) => ({ ...item, score }));
  }

  close(): void {
    this.#live?.cancel();
  }

  async #index(products: readonly SeenProduct[]): Promise<void> {
    const types = new Map((await this.#reader.productTypes()).map((type) => [type.type_id, type.type_name]));
    const categories = new Map((await this.#reader.categories()).map((one) => [one.category_id, one.category_name]));
    this.#search.replace(
      products
        .filter(({ deleted }) => deleted !== true)
        .map((product) => ({
          product,
          typeName: types.get(product.type_id) ?? '',
          categoryName: categories.get(product.category_id) ?? '',
        }))
        .sort((one, other) => (one.product.product_name < other.product.product_name ? -1 : 1)),
    );
  }
}
