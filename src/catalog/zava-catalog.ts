/** Our own catalogue: nine categories, their product types, and exactly 400 products. */

import { type Seasons, seasonsFromList } from '../domain/index.ts';
import { affinitiesOf } from './affinities.ts';
import type { Catalog, CatalogCategory } from './catalog.ts';
import { pictureUrl } from './pictures/picture-slugs.ts';
import { electrical } from './products/electrical.ts';
import { gardenAndOutdoor } from './products/garden-and-outdoor.ts';
import { handTools } from './products/hand-tools.ts';
import { hardware } from './products/hardware.ts';
import type { OwnType } from './products/item.ts';
import { lumberAndBuildingMaterials } from './products/lumber-and-building-materials.ts';
import { paintAndFinishes } from './products/paint-and-finishes.ts';
import { plumbing } from './products/plumbing.ts';
import { powerTools } from './products/power-tools.ts';
import { storageAndOrganization } from './products/storage-and-organization.ts';

/** How Washington State buys through the year, by category; the original application's figures, January first. */
export const seasonsByCategoryName: ReadonlyMap<string, Seasons> = new Map(
  (
    [
      ['Hand Tools', [1.0, 1.0, 1.2, 1.4, 1.6, 1.5, 1.5, 1.4, 1.2, 1.1, 1.0, 0.9]],
      ['Power Tools', [0.9, 0.9, 1.1, 1.5, 1.8, 2.0, 2.1, 1.9, 1.4, 1.2, 1.0, 0.8]],
      ['Paint & Finishes', [1.2, 1.1, 1.8, 2.2, 2.0, 1.9, 1.8, 1.6, 1.3, 1.1, 1.0, 1.2]],
      ['Hardware', [1.0, 1.0, 1.1, 1.3, 1.2, 1.1, 1.0, 1.0, 1.4, 1.8, 1.6, 1.2]],
      ['Lumber & Building Materials', [0.8, 0.7, 1.2, 1.6, 2.0, 2.2, 2.1, 1.8, 1.3, 1.0, 0.8, 0.7]],
      ['Electrical', [1.2, 1.1, 1.0, 1.1, 1.2, 1.3, 1.2, 1.1, 1.2, 1.4, 1.6, 1.5]],
      ['Plumbing', [1.1, 1.0, 1.2, 1.4, 1.3, 1.2, 1.1, 1.0, 1.3, 1.6, 1.4, 1.2]],
      ['Garden & Outdoor', [0.6, 0.5, 1.5, 2.5, 2.2, 1.8, 1.6, 1.4, 1.3, 1.0, 0.7, 0.5]],
      ['Storage & Organization', [1.4, 1.6, 1.2, 1.0, 0.9, 0.8, 0.8, 0.9, 1.1, 1.2, 1.3, 1.8]],
    ] as const
  ).map(([name, multipliers]) => [name, seasonsFromList(multipliers)]),
);

function category(name: string, types: readonly OwnType[]): CatalogCategory {
  return {
    name,
    seasonalMultipliers: seasonsByCategoryName.get(name)!,
    types: types.map((type) => ({
      name: type.name,
      picture: type.picture,
      products: type.products.map((product) => ({
        ...product,
        imageUrl: pictureUrl(type.picture),
        source: { kind: 'zava' },
      })),
    })),
  };
}

const categories: readonly CatalogCategory[] = [
  category('Hand Tools', handTools),
  category('Power Tools', powerTools),
  category('Paint & Finishes', paintAndFinishes),
  category('Hardware', hardware),
  category('Lumber & Building Materials', lumberAndBuildingMaterials),
  category('Electrical', electrical),
  category('Plumbing', plumbing),
  category('Garden & Outdoor', gardenAndOutdoor),
  category('Storage & Organization', storageAndOrganization),
];

/** The catalogue that is used when no other is given. Data, not a copy: treat it as frozen. */
export const zavaCatalog: Catalog = { source: 'zava', categories, affinities: affinitiesOf(categories) };
