/**
 * Which product types land in one basket. The table speaks of our own types; the types of another catalogue take
 * part through the picture that each of them maps to, which names the nearest of ours.
 */

import type { CatalogCategory, TypeAffinity } from './catalog.ts';
import type { TypeSlug } from './type-slugs.ts';

/** One pair, and how much likelier than chance the two meet in a basket. Each pair stands once, in either order. */
export const affinityTable: readonly (readonly [TypeSlug, TypeSlug, number])[] = [
  // painting a room, a house, a deck
  ['interior_paint', 'brushes_and_rollers', 8],
  ['interior_paint', 'trays_and_drop_cloths', 8],
  ['exterior_paint', 'brushes_and_rollers', 7],
  ['exterior_paint', 'trays_and_drop_cloths', 5],
  ['stains_and_varnishes', 'brushes_and_rollers', 7],
  ['stains_and_varnishes', 'sanders_and_grinders', 4],
  ['stains_and_varnishes', 'dimensional_lumber', 4],
  ['brushes_and_rollers', 'trays_and_drop_cloths', 8],
  ['interior_paint', 'sealants_and_tape', 3],
  ['exterior_paint', 'sealants_and_tape', 3],
  ['interior_paint', 'sheet_goods', 2],
  // building with wood
  ['dimensional_lumber', 'screws', 7],
  ['dimensional_lumber', 'nails_and_bolts', 6],
  ['dimensional_lumber', 'power_saws', 4],
  ['dimensional_lumber', 'hammers', 3],
  ['dimensional_lumber', 'measuring_tools', 3],
  ['dimensional_lumber', 'concrete_and_mortar', 5],
  ['dimensional_lumber', 'hand_saws', 3],
  ['dimensional_lumber', 'sheet_goods', 5],
  ['sheet_goods', 'screws', 6],
  ['sheet_goods', 'concrete_and_mortar', 4],
  ['sheet_goods', 'hand_saws', 2],
  ['sheet_goods', 'power_saws', 3],
  // tools and what they use up
  ['drills_and_drivers', 'bits_and_blades', 8],
  ['power_saws', 'bits_and_blades', 7],
  ['sanders_and_grinders', 'bits_and_blades', 7],
  ['drills_and_drivers', 'screws', 6],
  ['drills_and_drivers', 'nails_and_bolts', 3],
  ['screwdrivers', 'screws', 6],
  ['screwdrivers', 'hinges_and_handles', 5],
  ['screwdrivers', 'locks_and_latches', 4],
  ['screwdrivers', 'outlets_and_switches', 4],
  ['screws', 'hinges_and_handles', 4],
  ['screws', 'shelving', 3],
  ['hammers', 'nails_and_bolts', 7],
  ['hand_saws', 'measuring_tools', 3],
  ['wrenches_and_pliers', 'nails_and_bolts', 4],
  ['hinges_and_handles', 'locks_and_latches', 5],
  ['measuring_tools', 'shelving', 2],
  // a starter's tool box
  ['hammers', 'screwdrivers', 3],
  ['hammers', 'measuring_tools', 3],
  ['screwdrivers', 'wrenches_and_pliers', 4],
  ['tool_boxes', 'screwdrivers', 3],
  ['tool_boxes', 'wrenches_and_pliers', 3],
  ['tool_boxes', 'hammers', 2],
  // water
  ['pipe', 'pipe_fittings_and_valves', 9],
  ['pipe', 'sealants_and_tape', 7],
  ['pipe_fittings_and_valves', 'sealants_and_tape', 8],
  ['faucets', 'pipe_fittings_and_valves', 7],
  ['faucets', 'sealants_and_tape', 7],
  ['wrenches_and_pliers', 'pipe_fittings_and_valves', 4],
  ['wrenches_and_pliers', 'faucets', 4],
  ['hand_saws', 'pipe', 2],
  // electricity
  ['wire_and_cords', 'outlets_and_switches', 8],
  ['outlets_and_switches', 'light_fixtures', 5],
  ['wire_and_cords', 'light_fixtures', 5],
  ['wrenches_and_pliers', 'wire_and_cords', 3],
  // garden
  ['soil_and_fertilizer', 'planters_and_seeds', 9],
  ['soil_and_fertilizer', 'garden_tools', 6],
  ['planters_and_seeds', 'garden_tools', 6],
  ['planters_and_seeds', 'hoses_and_sprinklers', 4],
  ['soil_and_fertilizer', 'hoses_and_sprinklers', 4],
  ['garden_tools', 'hoses_and_sprinklers', 4],
  // putting things away
  ['shelving', 'storage_bins', 7],
  ['tool_boxes', 'storage_bins', 3],
  ['shelving', 'nails_and_bolts', 3],
];

/** Two types of another catalogue that map to the same one of ours (pipes of copper and of PVC). */
const SAME_PICTURE_WEIGHT = 2;

const weightByPair = new Map<string, number>();
for (const [one, other, weight] of affinityTable) {
  weightByPair.set(`${one} ${other}`, weight);
  weightByPair.set(`${other} ${one}`, weight);
}

/** The pairs of a catalogue's filled types that belong together, in catalogue order. */
export function affinitiesOf(categories: readonly CatalogCategory[]): readonly TypeAffinity[] {
  const types = categories.flatMap((category) => category.types).filter((type) => type.products.length > 0);
  return types.flatMap((type, index) =>
    types.slice(index + 1).flatMap((other): TypeAffinity[] => {
      const same = type.picture === other.picture && !type.picture.startsWith('category_');
      const weight = same ? SAME_PICTURE_WEIGHT : weightByPair.get(`${type.picture} ${other.picture}`);
      return weight === undefined ? [] : [{ types: [type.name, other.name], weight }];
    }),
  );
}
