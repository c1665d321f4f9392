/** The pictures as complete SVG documents. */

import { slug } from '../../domain/index.ts';
import type { PictureSlug } from '../catalog.ts';
import type { TypeSlug } from '../type-slugs.ts';
import { typeSlugs } from '../type-slugs.ts';
import { INK, line, rectangle, WOOD } from './drawing.ts';
import { typePictures } from './type-pictures.ts';

/** Which type stands for a category where none of its types fits. */
const typeByCategorySlug: ReadonlyMap<string, TypeSlug> = new Map(
  (
    [
      ['Hand Tools', 'hammers'],
      ['Power Tools', 'drills_and_drivers'],
      ['Paint & Finishes', 'brushes_and_rollers'],
      ['Hardware', 'screws'],
      ['Lumber & Building Materials', 'dimensional_lumber'],
      ['Electrical', 'light_fixtures'],
      ['Plumbing', 'faucets'],
      ['Garden & Outdoor', 'planters_and_seeds'],
      ['Storage & Organization', 'shelving'],
    ] as const
  ).map(([name, type]) => [slug(name), type]),
);

/** A parcel, for a category that we know nothing of. */
const parcel = [
  rectangle(12, 30, 72, 54, WOOD, 4),
  `<path d="M12 34 L22 14 H74 L84 34 Z" fill="#f0cfa3"/>`,
  rectangle(40, 14, 16, 36, '#f0cfa3', 0),
  line('M24 72 H40'),
].join('');

export interface PictureOptions {
  /** Width and height in pixels; without it the picture fills what it is put in. */
  readonly sizePx?: number;
  /** What a screen reader says; without it the picture is hidden from one, as decoration beside a name should be. */
  readonly title?: string;
}

/** The slugs of all pictures: one per product type of ours, one per category of ours, and the parcel. */
export const pictureSlugs: readonly PictureSlug[] = [
  ...typeSlugs,
  ...[...typeByCategorySlug.keys()].map((categorySlug) => `category_${categorySlug}` as const),
  'category_other',
];

const isTypeSlug = (picture: PictureSlug): picture is TypeSlug => Object.hasOwn(typePictures, picture);

/** Whether a text from outside, such as a file name in a URL, names a picture; every category has one. */
export const isPictureSlug = (text: string): text is PictureSlug =>
  Object.hasOwn(typePictures, text) || /^category_[a-z0-9_]+$/.test(text);

const escapeXml = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);

/**
 * A picture as an SVG document of its own, in a field of 96 × 96. It brings its colours along and stands on light
 * and on dark ground. The picture of a category that has none is a parcel.
 */
export function pictureSvg(picture: PictureSlug, options: PictureOptions = {}): string {
  const size = options.sizePx === undefined ? '' : ` width="${options.sizePx}" height="${options.sizePx}"`;
  const access =
    options.title === undefined ? ' aria-hidden="true"' : ` role="img" aria-label="${escapeXml(options.title)}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96"${size}${access}><g stroke="${INK}" stroke-width="2.5" stroke-linejoin="round" stroke-linecap="round">${drawingOf(picture)}</g></svg>`;
}

function drawingOf(picture: PictureSlug): string {
  if (isTypeSlug(picture)) return typePictures[picture];
  const type = typeByCategorySlug.get(picture.slice('category_'.length));
  return type === undefined
    ? parcel
    : `<g transform="translate(14.4 14.4) scale(0.7)">${typePictures[type]}</g>${FRAME}`;
}

/** Tells the picture of a whole category from that of the type that stands for it. */
const FRAME = `<rect x="4" y="4" width="88" height="88" rx="16" fill="none" stroke="#64748b" stroke-dasharray="1 6" stroke-width="3"/>`;
