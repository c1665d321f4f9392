import { describe, expect, test } from 'vitest';
import { productsOf, zavaCatalog } from '../index.ts';
import { originalTypesByCategoryName, pictureForType } from './original-types.ts';
import { specificationsFromName } from './specifications.ts';
import { titleCase } from './title-case.ts';

describe('names of the original in our writing', () => {
  test.each([
    ['HAND TOOLS', 'Hand Tools'],
    ["PLUMBER'S PUTTY", "Plumber's Putty"],
    ['OSB', 'OSB'],
    ['PVC PIPE', 'PVC Pipe'],
    ['LUMBER & BUILDING MATERIALS', 'Lumber & Building Materials'],
    ['HOOK AND EYE', 'Hook and Eye'],
    ['T-SHIRTS / HEAVY-DUTY WEAR', 'T-Shirts / Heavy-Duty Wear'],
    ["O'BRIEN PAINTS", "O'Brien Paints"],
    ['  TOO   WIDE ', 'Too Wide'],
    ['Already Written', 'Already Written'],
    ['iPhone Cases', 'iPhone Cases'],
    ['ÉTAGÈRES', 'Étagères'],
  ])('[CA14] %s becomes %s', (name, written) => {
    expect(titleCase(name)).toBe(written);
    expect(titleCase(written)).toBe(written);
  });

  test('[CA15] each of the 89 types of the original has a picture, most of them a type of ours', () => {
    const pictures = Object.entries(originalTypesByCategoryName).flatMap(([category, types]) =>
      types.map(([type]) => pictureForType(category, type)),
    );
    expect(pictures).toHaveLength(89);
    expect(pictures.filter((picture) => !picture.startsWith('category_')).length).toBeGreaterThan(70);
    expect(pictureForType('Hardware', 'Casters')).toBe('category_hardware');
    expect(pictureForType('Garden & Outdoor', 'Hand Tools')).toBe('garden_tools');
    expect(pictureForType('constructor', 'toString')).toBe('category_constructor');
  });
});

describe('specifications from a name', () => {
  test.each<[string, Record<string, string | number>]>([
    ['Professional Claw Hammer 16oz', { weight_kg: 0.45359 }],
    ['Circular Saw 7-1/4 inch', { size_mm: 184.15 }],
    ['Gate Valve 3/4-inch', { size_mm: 19.05 }],
    ['PVC Pipe 3-inch x 10ft', { size_mm: 76.2, length_m: 3.048, material: 'PVC' }],
    ['Romex Wire 12-2 250ft', { length_m: 76.2, wire_gauge_awg: 12, conductors: 2 }],
    ['Cordless Drill 18V Li-Ion', { voltage_v: 18, power_source: 'cordless' }],
    ['Single Pole Breaker 15A', { current_a: 15 }],
    ['GFCI Outlet 20-Amp', { current_a: 20 }],
    ['Fixed Base Router 1-3/4 HP', { power_hp: 1.75 }],
    ['CDX Plywood 4x8x3/4', { dimensions: '4x8x3/4' }],
    ['Fiberglass Batts R-13', { r_value: 13, material: 'fiberglass' }],
    ['Hardwood Mulch 2 Cu Ft', { volume_l: 56.634 }],
    ['Clear Polyurethane Satin', { colour: 'clear', finish: 'satin' }],
  ])('[CA16] %s', (name, specifications) => {
    expect(specificationsFromName(name, 'Any', 'Any')).toEqual(specifications);
  });

  test.each([
    'Orbital Sander 1/4 Sheet',
    'Flat Washer Assortment SAE',
    'Metal Primer',
    'Coping Saw',
    'Rotary Sprinkler 3-Arm',
  ])('[CA16] %s says nothing measurable, so the map holds category and type', (name) => {
    expect(specificationsFromName(name, 'Some Category', 'Some Type')).toEqual({
      category: 'Some Category',
      type: 'Some Type',
    });
  });

  test('[CA16] any name gives a map that is not empty, with finite numbers', () => {
    for (const { product } of productsOf(zavaCatalog)) {
      const values = Object.values(specificationsFromName(product.name, 'Category', 'Type'));
      expect(values.length).toBeGreaterThan(0);
      for (const value of values) if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
    }
  });
});
