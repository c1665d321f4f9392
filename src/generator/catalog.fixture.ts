/** A small catalogue for tests: an empty type, an apostrophe, an ampersand, a repeated name, vectors of its own. */

import type { Catalog, CatalogProduct } from '../catalog/index.ts';
import { seasonsFromList } from '../domain/index.ts';

let sku = 0;

/** A product of which only what the test needs is said. */
export function aProduct(name: string, costCents: number, more: Partial<CatalogProduct> = {}): CatalogProduct {
  sku++;
  return {
    sku: `FX-${String(sku).padStart(3, '0')}`,
    name,
    description: `${name} for careful work around the house.`,
    costCents,
    specifications: { weight_kg: costCents / 1000, material: 'steel' },
    popularity: 1,
    imageUrl: '/pictures/hammers.svg',
    source: { kind: 'zava' },
    ...more,
  };
}

export const fixtureCatalog: Catalog = {
  source: 'fixture',
  categories: [
    {
      name: 'Hand Tools',
      seasonalMultipliers: seasonsFromList([1, 1, 1.2, 1.4, 1.6, 1.5, 1.5, 1.4, 1.2, 1.1, 1, 0.9]),
      types: [
        {
          name: 'Hammers',
          picture: 'hammers',
          products: [
            aProduct('Claw Hammer', 1120, { popularity: 3 }),
            aProduct('Sledge Hammer', 4200),
            aProduct('Tack Hammer', 899, { popularity: 0.5 }),
          ],
        },
        { name: 'Chisels', picture: 'hand_saws', products: [] },
        {
          name: 'Screwdrivers',
          picture: 'screwdrivers',
          products: [aProduct('Phillips Screwdriver', 600), aProduct('Slotted Screwdriver', 550)],
        },
      ],
    },
    {
      name: 'Hardware',
      seasonalMultipliers: seasonsFromList([1, 1, 1.1, 1.3, 1.2, 1.1, 1, 1, 1.4, 1.8, 1.6, 1.2]),
      types: [
        {
          name: 'Screws',
          picture: 'screws',
          products: [aProduct('Deck Screws', 1500, { popularity: 2 }), aProduct('Wood Screws', 1200)],
        },
      ],
    },
    {
      name: 'Garden & Outdoor',
      seasonalMultipliers: seasonsFromList([0.6, 0.5, 1.5, 2.5, 2.2, 1.8, 1.6, 1.4, 1.3, 1, 0.7, 0.5]),
      types: [
        {
          name: "Gardener's Hand Tools",
          picture: 'garden_tools',
          products: [
            aProduct('Garden Spade', 3800),
            aProduct('Wood Screws', 1300), // the name of another product
            aProduct('Pruner', 8999, {
              imageEmbedding: Array.from({ length: 512 }, (_, at) => (at % 7) / 10),
              descriptionEmbedding: Array.from({ length: 1536 }, (_, at) => (at % 5) / 10),
            }),
          ],
        },
      ],
    },
  ],
  affinities: [{ types: ['Hammers', 'Screws'], weight: 6 }],
};

/** A catalogue of one product: the least there may be. */
export const singleProductCatalog: Catalog = {
  source: 'single',
  categories: [
    {
      name: 'Novelties',
      seasonalMultipliers: seasonsFromList(Array.from({ length: 12 }, () => 1)),
      types: [{ name: 'Gadgets', picture: 'hammers', products: [aProduct('Gadget', 1)] }],
    },
  ],
  affinities: [],
};
