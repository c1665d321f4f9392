/** What of a product is embedded: the same words whoever makes the vectors. */
export interface ProductWords {
  readonly name: string;
  readonly type: string;
  readonly category: string;
  readonly description: string;
  readonly specifications: Readonly<Record<string, unknown>>;
}

export const descriptionText = ({ name, type, category, description }: ProductWords): string =>
  [name, type, category, description].join('. ');

/** There is no picture to look at: the words for what it shows stand for it. */
export function pictureWords({ name, type, category, specifications }: ProductWords): string {
  const facts = Object.entries(specifications).map(([fact, value]) => `${fact} ${String(value)}`);
  return [name, type, category, ...facts].join('. ');
}
