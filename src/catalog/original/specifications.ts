/**
 * What a product's name says about it, as a map: the original keeps no specifications, but its names carry sizes,
 * voltages, weights, materials. Nothing is guessed; a name that says nothing gives the category and the type.
 */

import type { Specifications } from '../catalog.ts';

const MM_PER_INCH = 25.4;
const M_PER_FOOT = 0.3048;
const KG_PER_POUND = 0.45359237;
const KG_PER_OUNCE = 0.028349523125;
const L_PER_GALLON = 3.785411784;
const L_PER_QUART = 0.946352946;
const L_PER_CUBIC_FOOT = 28.316846592;

/** "16", "7-1/4", "1/2", "2.5". */
const AMOUNT = String.raw`(?<![\w/.])(\d+-\d+/\d+|\d+/\d+|\d+(?:\.\d+)?)`;

const measures: readonly { readonly key: string; readonly unit: string; readonly factor: number }[] = [
  { key: 'size_mm', unit: 'inch', factor: MM_PER_INCH },
  { key: 'length_m', unit: '(?:foot|ft)', factor: M_PER_FOOT },
  { key: 'weight_kg', unit: 'lb', factor: KG_PER_POUND },
  { key: 'weight_kg', unit: 'oz', factor: KG_PER_OUNCE },
  { key: 'volume_l', unit: 'gallon', factor: L_PER_GALLON },
  { key: 'volume_l', unit: 'quart', factor: L_PER_QUART },
  { key: 'volume_l', unit: 'cu ft', factor: L_PER_CUBIC_FOOT },
  { key: 'voltage_v', unit: 'v', factor: 1 },
  { key: 'current_a', unit: '(?:amp|a)', factor: 1 },
  { key: 'power_w', unit: 'w', factor: 1 },
  { key: 'power_hp', unit: 'hp', factor: 1 },
  { key: 'wire_gauge_awg', unit: 'awg', factor: 1 },
  { key: 'gauge', unit: 'gauge', factor: 1 },
  { key: 'pieces', unit: 'piece', factor: 1 },
  { key: 'tiers', unit: 'tier', factor: 1 },
  { key: 'drawers', unit: 'drawer', factor: 1 },
  { key: 'doors', unit: 'door', factor: 1 },
  { key: 'lights', unit: 'bulb', factor: 1 },
];

const measurePatterns = measures.map(({ unit, ...measure }) => ({
  ...measure,
  pattern: new RegExp(`${AMOUNT}[- ]?${unit}(?![a-z])`, 'i'),
}));

const words: Readonly<Record<string, readonly string[]>> = {
  material: [
    'Stainless Steel',
    'Steel',
    'Copper',
    'PVC',
    'Fiberglass',
    'Canvas',
    'Cedar',
    'Douglas Fir',
    'Pine',
    'Poplar',
    'MDF',
    'Birch',
    'Ceramic',
    'Plastic',
    'Rubber(?! Coated)',
    'Silicone',
    'Vinyl',
    'Wooden',
    'Metal(?! Primer)',
    'Paper',
    'Foam',
    'Microfiber',
  ],
  colour: ['White', 'Black', 'Gray', 'Yellow', 'Pink', 'Clear'],
  finish: ['Semi-Gloss', 'Eggshell', 'Satin', 'Gloss', 'Matte', 'Flat$', 'Galvanized', 'Chrome', 'Brushed Nickel'],
  power_source: ['Cordless', 'Corded', 'Solar'],
};

const wordPatterns = Object.entries(words).map(([key, candidates]) => ({
  key,
  pattern: new RegExp(`(?<![\\w-])(?:${candidates.join('|')})(?![\\w-])`),
}));

/** Sides without units, such as the sheet "4x8x7/16" (feet, feet, inches) or the stud "2x4x8". */
const DIMENSIONS = /(?<![\w/])\d+(?:x\d+(?:\/\d+)?){1,2}(?![\w/])/;
/** Cable as electricians name it: "12-2" is gauge 12 with two conductors. */
const CABLE = /(?:Wire|Cable)\b.*?(?<!\S)(\d+)-(\d)(?!\S)/;

export function specificationsFromName(name: string, categoryName: string, typeName: string): Specifications {
  const found: Record<string, string | number> = {};
  for (const { key, factor, pattern } of measurePatterns) {
    const amount = pattern.exec(name)?.[1];
    if (amount !== undefined && !(key in found)) found[key] = toFiveDigits(numberFromAmount(amount) * factor);
  }
  const dimensions = DIMENSIONS.exec(name)?.[0];
  if (dimensions !== undefined) found['dimensions'] = dimensions;
  const rValue = /\bR-(\d+)\b/.exec(name)?.[1];
  if (rValue !== undefined) found['r_value'] = Number(rValue);
  const cable = CABLE.exec(name);
  if (cable !== null) Object.assign(found, { wire_gauge_awg: Number(cable[1]), conductors: Number(cable[2]) });
  for (const { key, pattern } of wordPatterns) {
    const word = pattern.exec(name)?.[0];
    if (word !== undefined) found[key] = /^[A-Z]+$/.test(word) ? word : word.toLowerCase();
  }
  return Object.keys(found).length > 0 ? found : { category: categoryName, type: typeName };
}

function numberFromAmount(amount: string): number {
  return amount.split('-').reduce((sum, part) => {
    const [numerator = 0, denominator = 1] = part.split('/').map(Number);
    return sum + numerator / denominator;
  }, 0);
}

/** Enough for a sixteenth of an inch; the rest would be the noise of the conversion. */
const toFiveDigits = (amount: number): number => Number(amount.toPrecision(5));
