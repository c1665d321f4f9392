/**
 * The 89 product types of the original application in its order, each with the picture of ours that comes nearest.
 * 'category' stands for the picture of its category: none of ours resembles it.
 */

import type { PictureSlug } from '../catalog.ts';
import { categoryPicture } from '../pictures/picture-slugs.ts';
import type { TypeSlug } from '../type-slugs.ts';

type OriginalType = readonly [typeName: string, picture: TypeSlug | 'category'];

/** By name in title case. */
export const originalTypesByCategoryName: Readonly<Record<string, readonly OriginalType[]>> = {
  'Hand Tools': [
    ['Hammers', 'hammers'],
    ['Screwdrivers', 'screwdrivers'],
    ['Wrenches', 'wrenches_and_pliers'],
    ['Pliers', 'wrenches_and_pliers'],
    ['Hand Saws', 'hand_saws'],
    ['Chisels', 'category'],
    ['Files & Rasps', 'category'],
    ['Measuring Tools', 'measuring_tools'],
    ['Allen Keys', 'wrenches_and_pliers'],
  ],
  'Power Tools': [
    ['Drills', 'drills_and_drivers'],
    ['Circular Saws', 'power_saws'],
    ['Sanders', 'sanders_and_grinders'],
    ['Jigsaws', 'power_saws'],
    ['Angle Grinders', 'sanders_and_grinders'],
    ['Reciprocating Saws', 'power_saws'],
    ['Routers', 'sanders_and_grinders'],
    ['Impact Drivers', 'drills_and_drivers'],
    ['Belt Sanders', 'sanders_and_grinders'],
    ['Miter Saws', 'power_saws'],
  ],
  'Paint & Finishes': [
    ['Interior Paint', 'interior_paint'],
    ['Exterior Paint', 'exterior_paint'],
    ['Primer', 'interior_paint'],
    ['Brushes', 'brushes_and_rollers'],
    ['Rollers', 'brushes_and_rollers'],
    ['Spray Paint', 'exterior_paint'],
    ['Wood Stain', 'stains_and_varnishes'],
    ['Polyurethane', 'stains_and_varnishes'],
    ['Paint Trays', 'trays_and_drop_cloths'],
    ['Drop Cloths', 'trays_and_drop_cloths'],
  ],
  Hardware: [
    ['Screws', 'screws'],
    ['Nails', 'nails_and_bolts'],
    ['Bolts', 'nails_and_bolts'],
    ['Washers', 'nails_and_bolts'],
    ['Hinges', 'hinges_and_handles'],
    ['Handles & Knobs', 'hinges_and_handles'],
    ['Locks', 'locks_and_latches'],
    ['Hasps & Latches', 'locks_and_latches'],
    ['Brackets', 'category'],
    ['Casters', 'category'],
  ],
  'Lumber & Building Materials': [
    ['Dimensional Lumber', 'dimensional_lumber'],
    ['Plywood', 'sheet_goods'],
    ['Drywall', 'sheet_goods'],
    ['Insulation', 'sheet_goods'],
    ['OSB', 'sheet_goods'],
    ['Molding', 'dimensional_lumber'],
    ['Trim Boards', 'dimensional_lumber'],
    ['Concrete Mix', 'concrete_and_mortar'],
    ['Cement Board', 'sheet_goods'],
    ['Treated Posts', 'dimensional_lumber'],
  ],
  Electrical: [
    ['Wire', 'wire_and_cords'],
    ['Outlets', 'outlets_and_switches'],
    ['Switches', 'outlets_and_switches'],
    ['Circuit Breakers', 'outlets_and_switches'],
    ['Conduit', 'pipe'],
    ['Junction Boxes', 'outlets_and_switches'],
    ['Wire Nuts', 'wire_and_cords'],
    ['Extension Cords', 'wire_and_cords'],
    ['Light Fixtures', 'light_fixtures'],
    ['Electrical Tape', 'sealants_and_tape'],
  ],
  Plumbing: [
    ['PVC Pipe', 'pipe'],
    ['Copper Pipe', 'pipe'],
    ['Pipe Fittings', 'pipe_fittings_and_valves'],
    ['Valves', 'pipe_fittings_and_valves'],
    ['Faucets', 'faucets'],
    ['Toilet Parts', 'category'],
    ['Drain Cleaning', 'category'],
    ['Pipe Insulation', 'pipe'],
    ["Plumber's Putty", 'sealants_and_tape'],
    ['Teflon Tape', 'sealants_and_tape'],
  ],
  'Garden & Outdoor': [
    ['Hand Tools', 'garden_tools'],
    ['Hoses', 'hoses_and_sprinklers'],
    ['Sprinklers', 'hoses_and_sprinklers'],
    ['Fertilizer', 'soil_and_fertilizer'],
    ['Mulch', 'soil_and_fertilizer'],
    ['Planters', 'planters_and_seeds'],
    ['Seeds', 'planters_and_seeds'],
    ['Soil', 'soil_and_fertilizer'],
    ['Pruning Tools', 'garden_tools'],
    ['Outdoor Lighting', 'light_fixtures'],
  ],
  'Storage & Organization': [
    ['Tool Boxes', 'tool_boxes'],
    ['Shelving', 'shelving'],
    ['Pegboard', 'category'],
    ['Storage Bins', 'storage_bins'],
    ['Cabinets', 'category'],
    ['Workbenches', 'category'],
    ['Hooks & Hangers', 'category'],
    ['Plastic Drawers', 'storage_bins'],
    ['Overhead Storage', 'shelving'],
    ['Locker Systems', 'category'],
  ],
};

/** The one type that the original keeps without a product. */
export const ORIGINAL_EMPTY_TYPE = { categoryName: 'Hand Tools', typeName: 'Chisels' } as const;

/** The picture for a type of any catalogue: the nearest of ours, else its category's. */
export function pictureForType(categoryName: string, typeName: string): PictureSlug {
  const known = Object.hasOwn(originalTypesByCategoryName, categoryName)
    ? originalTypesByCategoryName[categoryName]?.find(([name]) => name === typeName)
    : undefined;
  return known === undefined || known[1] === 'category' ? categoryPicture(categoryName) : known[1];
}
