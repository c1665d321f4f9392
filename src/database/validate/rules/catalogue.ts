import {
  basePriceCentsFromCostCents,
  type Category,
  GROSS_MARGIN_PERCENT,
  type Product,
  type ProductEmbedding,
  type ProductType,
  slug,
} from '../../../domain/index.ts';
import { dollars, inCents, type RuleMaker } from './rule.ts';

export const categoryRules: RuleMaker<Category> = ({ facts: { categories }, fail }) => ({
  document({ category_id, category_name }, place, id) {
    if (category_id !== undefined) categories.places.set(category_id, place);
    categories.names[place] = category_name ?? id;
    if (category_id === undefined || category_name === undefined) return;
    const expected = `cat_${slug(category_name)}`;
    if (category_id !== expected) fail('categories.slug', place, id, 'category_id', category_id, expected);
  },
});

export const productTypeRules: RuleMaker<ProductType> = ({ facts: { categories, productTypes }, fail }) => ({
  document({ type_id, type_name, category_id }, place, id) {
    if (type_id !== undefined) productTypes.places.set(type_id, place);
    productTypes.categoryIds[place] = category_id;
    if (category_id !== undefined && !categories.places.has(category_id)) {
      fail('product_types.category', place, id, 'category_id', category_id, 'the id of a category');
    }
    if (type_id === undefined || type_name === undefined) return;
    const expected = `ptype_${slug(type_name)}_`;
    if (!type_id.startsWith(expected) || !/^\d+$/.test(type_id.slice(expected.length))) {
      fail('product_types.slug', place, id, 'type_id', type_id, `${expected}<n>`);
    }
  },
});

export const productRules: RuleMaker<Product> = ({ facts, statistics, fail }) => {
  const { categories, productTypes, products } = facts;
  const productIdBySku = new Map<string, string>();
  return {
    document(product, place, id) {
      const { product_id, sku, category_id, type_id, cost, base_price, gross_margin_percent } = product;
      if (product_id !== undefined) products.places.set(product_id, place);
      products.ids[place] = id;
      products.skus[place] = sku;
      products.names[place] = product.product_name;
      products.categoryIds[place] = category_id;
      products.basePriceCents.set(place, inCents(base_price));
      if (sku !== undefined) {
        const other = productIdBySku.get(sku);
        if (other === undefined) productIdBySku.set(sku, id);
        else fail('products.sku_unique', place, id, 'sku', sku, `a SKU that ${other} doesn’t have`);
      }
      if (category_id !== undefined && !categories.places.has(category_id)) {
        fail('products.category', place, id, 'category_id', category_id, 'the id of a category');
      }
      if (type_id !== undefined) {
        const type = productTypes.places.get(type_id);
        if (type === undefined) fail('products.type', place, id, 'type_id', type_id, 'the id of a product type');
        else {
          const expected = productTypes.categoryIds[type];
          if (category_id !== undefined && expected !== undefined && category_id !== expected) {
            fail('products.type_category', place, id, 'category_id', category_id, `${expected}, as its type`);
          }
        }
      }
      if (cost !== undefined && base_price !== undefined) {
        const expected = basePriceCentsFromCostCents(inCents(cost));
        if (inCents(base_price) !== expected) {
          fail('products.margin', place, id, 'base_price', base_price, `${dollars(expected)} = ${cost} ÷ 0.67`);
        }
      }
      if (gross_margin_percent !== undefined && gross_margin_percent !== GROSS_MARGIN_PERCENT) {
        fail('products.margin', place, id, 'gross_margin_percent', gross_margin_percent, `${GROSS_MARGIN_PERCENT}`);
      }
      for (const field of ['image_embedding', 'description_embedding'] as const) {
        const found = (product as Readonly<Record<string, unknown>>)[field];
        if (found !== undefined) fail('products.no_embedding', place, id, field, found, 'no such field');
      }
      statistics.product(category_id, inCents(base_price));
    },
  };
};

export const productEmbeddingRules: RuleMaker<ProductEmbedding> = ({ facts: { products }, fail }) => ({
  document({ product_id }, place, id) {
    if (product_id === undefined) return;
    const product = products.places.get(product_id);
    if (product === undefined) {
      fail('product_embeddings.product', place, id, 'product_id', product_id, 'the id of a product');
    } else products.embedded.set(product, 1);
  },
  finish() {
    for (const place of products.places.values()) {
      if (products.embedded.get(place) === 0) {
        const id = products.ids[place] as string;
        fail('product_embeddings.every_product', -1, id, '', undefined, `an embedding of ${id}`);
      }
    }
  },
});
