import { type Catalog, zavaCatalog } from '../../src/catalog/index.ts';
import type { CollectionName } from '../../src/domain/index.ts';
import {
  type GenerationOverrides,
  generateDataSet,
  overrideGenerationConfig,
  readGenerationConfig,
} from '../../src/generator/index.ts';

/** A document of whatever form: a corrupted one has no type. */
// biome-ignore lint/suspicious/noExplicitAny: tests put wrong types into documents on purpose.
export type AnyDocument = Record<string, any>;

type Pick = number | ((document: AnyDocument) => boolean);

/**
 * A small generated company that a test may change: a change replaces a document by a changed copy, so that the data
 * set which others share stays as it was.
 */
export class SmallDataSet {
  readonly #documents: Map<CollectionName, AnyDocument[]>;

  private constructor(documents: Map<CollectionName, AnyDocument[]>) {
    this.#documents = documents;
  }

  static generate(overrides: GenerationOverrides): SmallDataSet {
    const config = overrideGenerationConfig(readGenerationConfig(), overrides);
    const documents = new Map<CollectionName, AnyDocument[]>();
    for (const batch of generateDataSet({ config, catalog: fewProducts(zavaCatalog), checksums: false })) {
      const all = documents.get(batch.collection) ?? [];
      all.push(...batch.documents);
      documents.set(batch.collection, all);
    }
    return new SmallDataSet(documents);
  }

  copy(): SmallDataSet {
    return new SmallDataSet(new Map([...this.#documents].map(([name, documents]) => [name, [...documents]])));
  }

  get counts(): Partial<Record<CollectionName, number>> {
    return Object.fromEntries([...this.#documents].map(([name, documents]) => [name, documents.length]));
  }

  entries(): Iterable<[CollectionName, AnyDocument[]]> {
    return this.#documents.entries();
  }

  of(collection: CollectionName): AnyDocument[] {
    return this.#documents.get(collection) ?? [];
  }

  find(collection: CollectionName, pick: Pick): AnyDocument {
    return this.of(collection)[this.#place(collection, pick)] as AnyDocument;
  }

  /** Sets fields of one document; `undefined` removes a field. */
  set(collection: CollectionName, pick: Pick, changes: AnyDocument): void {
    const place = this.#place(collection, pick);
    const changed: AnyDocument = { ...this.of(collection)[place], ...changes };
    for (const [field, value] of Object.entries(changes)) if (value === undefined) delete changed[field];
    this.of(collection)[place] = changed;
  }

  remove(collection: CollectionName, pick: Pick): void {
    this.of(collection).splice(this.#place(collection, pick), 1);
  }

  removeAll(collection: CollectionName, which: (document: AnyDocument) => boolean): void {
    this.#documents.set(
      collection,
      this.of(collection).filter((document) => !which(document)),
    );
  }

  add(collection: CollectionName, ...documents: unknown[]): void {
    this.#documents.set(collection, [...this.of(collection), ...(documents as AnyDocument[])]);
  }

  #place(collection: CollectionName, pick: Pick): number {
    const place = typeof pick === 'number' ? pick : this.of(collection).findIndex(pick);
    if (place < 0 || place >= this.of(collection).length) throw new Error(`${collection} has no such document.`);
    return place;
  }
}

const PRODUCTS_PER_TYPE = 3;

/** Every category and type, but few products of each: stores × products is most of a small company. */
const fewProducts = (catalog: Catalog): Catalog => ({
  ...catalog,
  categories: catalog.categories.map((category) => ({
    ...category,
    types: category.types.map((type) => ({ ...type, products: type.products.slice(0, PRODUCTS_PER_TYPE) })),
  })),
});
