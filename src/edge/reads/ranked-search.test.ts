import { describe, expect, test } from 'vitest';
import { productsOf, zavaCatalog } from '../../catalog/index.ts';
import { catalogueFields } from './catalogue-search.ts';
import { headOf, RankedSearch, typingErrors, wordsOf } from './ranked-search.ts';

const products = [...productsOf(zavaCatalog)].map(({ product, type, category }) => ({
  name: product.name,
  sku: product.sku,
  description: product.description,
  type: type.name,
  category: category.name,
}));

const search = new RankedSearch<(typeof products)[number]>(
  catalogueFields({
    name: ({ name }) => name,
    type: ({ type }) => type,
    category: ({ category }) => category,
    description: ({ description }) => description,
  }),
  ({ sku }) => sku,
);
search.replace(products);

const names = (question: string, limit = 5) => search.search(question, limit).map(({ item }) => item.name);

describe('searching the catalogue', () => {
  test('[ED22] the whole catalogue is found by name: each product comes first for its own', () => {
    expect(search.size).toBe(400);
    const missed = products.filter(({ name }) => !names(name, 3).includes(name));
    expect(missed.map(({ name }) => name)).toEqual([]);
  });

  test('[ED22] a product’s number finds it', () => {
    for (const { sku, name } of products) {
      expect(names(sku, 1)).toEqual([name]);
      expect(names(sku.toLowerCase().replaceAll('-', ' '), 1)).toEqual([name]);
    }
    expect(names('EL-WIR', 3)).toHaveLength(3);
    for (const { item } of search.search('EL-WIR', 3)) expect(item.sku).toMatch(/^EL-WIR-/);
  });

  test('[ED22] one typing error in a word of five letters or more still finds the product', () => {
    const asked = products.filter((_, index) => index % 4 === 0);
    const missed: string[] = [];
    for (const { name } of asked) {
      const words = name.split(' ');
      const place = words.findIndex((word) => /^[A-Za-z]{5,}$/.test(word));
      const word = words[place];
      if (word === undefined) continue;
      // Two letters swapped in the middle.
      const swapped = `${word.slice(0, 2)}${word[3]}${word[2]}${word.slice(4)}`;
      words[place] = swapped;
      if (!names(words.join(' '), 5).includes(name)) missed.push(words.join(' '));
    }
    expect(missed).toEqual([]);
  });

  test('[ED22] beginnings, plurals, accents and case do not matter; what fits all words comes first', () => {
    expect(names('HAMMERS')).toEqual(names('hammer'));
    expect(names('hammér')).toEqual(names('hammer'));
    expect(names('ham').join()).toContain('Hammer');
    expect(names('house cable 12/2, 250')[0]).toBe('NM-B House Cable 12/2, 250 ft');
    expect(names('zzzzqqq')).toEqual([]);
    expect(names('   ')).toEqual([]);
  });

  test('[ED22] words keep sizes whole, and an error is a letter wrong, missing, too many or swapped', () => {
    expect(wordsOf('NM-B Cable 12/2, 50 ft; Brushes, glass')).toEqual([
      'nm',
      'b',
      'cable',
      '12/2',
      '50',
      'ft',
      'brushe',
      'glass',
    ]);
    expect(typingErrors('hammer', 'hamemr', 2)).toBe(1);
    expect(typingErrors('hammer', 'hamer', 2)).toBe(1);
    expect(typingErrors('hammer', 'drill', 2)).toBe(3);
  });

  // What people type at a counter, and what each of the first so many has to be.
  test.each([
    ['hamer', 8, /Hammer \d/],
    ['hammer', 8, /Hammer \d/],
    ['hmamer', 8, /Hammer \d/],
    ['sledge hammer', 1, /^Sledgehammer|Hammer/],
    ['drill', 3, /Drill(?! Bit)/],
    ['dril bit', 3, /Drill Bit Set/],
    ['paint', 5, /Paint,/],
    ['brush', 6, /Brush\b/],
    ['paintbrush', 1, /^Three-Piece Paint Brush Set$/],
    ['screw', 12, /Screws?\b/],
    ['scredriver', 8, /Screwdriver/],
    ['saw', 10, /Saw(?! Blade)/],
    ['hose', 5, /Hose \d/],
    ['gardn hose', 2, /^Garden Hose/],
    ['hinge', 6, /Hinge/],
    ['tape', 3, /Tape\b/],
    ['tape mesure', 2, /^Tape Measure/],
    ['fuacet', 6, /Faucet/],
    ['lihgt', 3, /Light/],
    ['lght bulb', 1, /^LED Bulbs/],
    ['outlet', 5, /Outlet/],
    ['shvel', 1, /Shovel/],
    ['wrnch', 6, /Wrench/],
    ['nails', 5, /Nails/],
    ['insulaton', 3, /Insulation/],
    ['sandr', 6, /Sander/],
    ['soil', 1, /Soil/],
    ['wire', 2, /Wire\b/],
  ])('[ED22] “%s” shows %i of what was meant first', (question, count, meant) => {
    const found = names(question, count);
    expect(found).toHaveLength(count);
    for (const name of found) expect(name).toMatch(meant);
  });

  test.each([
    ['Framing Hammer 22 oz with Magnetic Start', 'hammer'],
    ['20V Brushless Hammer Drill', 'drill'],
    ['1/2 in Cordless Impact Wrench', 'wrench'],
    ['Twist Drill Bit Set, 21 Piece', 'bit'],
    ['Kit', 'kit'],
    ['', undefined],
  ])('[ED22] of “%s” the head is %s', (name, head) => {
    expect(headOf(name)).toBe(head);
  });
});
