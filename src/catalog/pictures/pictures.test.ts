import { describe, expect, test } from 'vitest';
import { isPictureSlug, pictureSlugs, pictureSvg } from './pictures.ts';
import { typePictures } from './type-pictures.ts';

/** Reads an SVG as XML strictly enough to catch what a browser would refuse; gives the elements. */
function elementsOf(svg: string): { name: string; attributes: Record<string, string> }[] {
  const elements: { name: string; attributes: Record<string, string> }[] = [];
  const open: string[] = [];
  const tag = /<(\/?)([a-z]+)((?:\s+[a-zA-Z-]+="[^"<&]*(?:&#\d+;[^"<&]*)*")*)\s*(\/?)>/y;
  while (tag.lastIndex < svg.length) {
    const at = tag.lastIndex;
    const found = tag.exec(svg);
    if (found === null) throw new Error(`Not an element at ${at}: ${svg.slice(at, at + 60)}`);
    const [, closes, name = '', attributesText = '', closesItself] = found;
    if (closes === '/') {
      expect(open.pop()).toBe(name);
      continue;
    }
    const pairs = [...attributesText.matchAll(/([a-zA-Z-]+)="([^"]*)"/g)].map(
      ([, key = '', value = '']) => [key, value] as const,
    );
    expect(new Set(pairs.map(([key]) => key)).size, `an attribute twice in ${found[0]}`).toBe(pairs.length);
    elements.push({ name, attributes: Object.fromEntries(pairs) });
    if (closesItself !== '/') open.push(name);
  }
  expect(open).toEqual([]);
  return elements;
}

const ARGUMENTS_BY_COMMAND: Record<string, number> = { M: 2, L: 2, H: 1, V: 1, C: 6, S: 4, Q: 4, T: 2, A: 7, Z: 0 };

function expectPath(path: string): void {
  const tokens = path.match(/[A-Za-z]|-?\d+(?:\.\d+)?/g) ?? [];
  expect(tokens.join('')).toBe(path.replace(/[\s,]/g, ''));
  expect(tokens[0]).toBe('M');
  for (const [, command = '', numbers = ''] of tokens.join(' ').matchAll(/([A-Za-z])([^A-Za-z]*)/g)) {
    const count = ARGUMENTS_BY_COMMAND[command.toUpperCase()];
    const given = numbers.split(' ').filter((text) => text !== '').length;
    expect(count, `${command} in ${path}`).toBeDefined();
    expect(count === 0 ? given : given % count!, `${command}${numbers} in ${path}`).toBe(0);
  }
}

describe('pictures', () => {
  test.each(pictureSlugs)('[CA7] %s is a well-formed SVG of 96 × 96 whose paths can be drawn', (picture) => {
    const elements = elementsOf(pictureSvg(picture));
    expect(elements[0]).toMatchObject({
      name: 'svg',
      attributes: { xmlns: 'http://www.w3.org/2000/svg', viewBox: '0 0 96 96' },
    });
    expect(elements.length).toBeGreaterThan(4);
    for (const { name, attributes } of elements) {
      expect(['svg', 'g', 'path', 'rect', 'circle', 'ellipse']).toContain(name);
      if (name === 'path') expectPath(attributes['d']!);
      for (const [key, value] of Object.entries(attributes))
        expect(value, `${picture} ${name} ${key}`).not.toMatch(/NaN|undefined/);
    }
  });

  test('[CA7] no two types share a drawing, and each uses few colours', () => {
    const drawings = Object.values(typePictures);
    expect(new Set(drawings).size).toBe(drawings.length);
    for (const [type, drawing] of Object.entries(typePictures)) {
      const fills = new Set([...drawing.matchAll(/(?:fill|stroke)="(#[0-9a-f]{6})"/g)].map(([, colour]) => colour));
      expect(fills.size, type).toBeGreaterThanOrEqual(2);
      expect(fills.size, type).toBeLessThanOrEqual(7);
    }
  });

  test('[CA7] a picture is decoration unless it is given a title, which is escaped', () => {
    expect(pictureSvg('hammers')).toContain('aria-hidden="true"');
    const titled = pictureSvg('hammers', { title: '16" <Hammer> & Co', sizePx: 32 });
    expect(titled).toContain('width="32" height="32" role="img" aria-label="16&#34; &#60;Hammer&#62; &#38; Co"');
    expect(() => elementsOf(titled)).not.toThrow();
  });

  test('[CA7] a name from outside is told from a picture’s', () => {
    expect(pictureSlugs.every(isPictureSlug)).toBe(true);
    for (const text of ['', 'toString', '../secret', 'category_', 'Hammers', 'hammers.svg']) {
      expect(isPictureSlug(text), text).toBe(false);
    }
  });

  test('[CA7] a category that nobody drew is shown as a parcel', () => {
    expect(pictureSvg('category_pet_supplies')).toBe(pictureSvg('category_other'));
    expect(pictureSvg('category_plumbing')).not.toBe(pictureSvg('category_other'));
  });
});
