import { slug } from '../../domain/index.ts';
import type { CategoryPictureSlug, PictureSlug } from '../catalog.ts';

/** Where the headquarters serves a picture. */
export const pictureUrl = (picture: PictureSlug): string => `/pictures/${picture}.svg`;

/** The picture of a whole category, for types that none of our own resembles. */
export const categoryPicture = (categoryName: string): CategoryPictureSlug => `category_${slug(categoryName)}`;
