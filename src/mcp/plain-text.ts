/**
 * Text of the database as a model may be shown it: characters that hide text, turn its direction or end a line are taken out
 * of every string, so that a product's name can't draw a frame around words of its own.
 */
const HIDDEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

export function plainValue(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(HIDDEN, ' ');
  if (Array.isArray(value)) return value.map(plainValue);
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name.replace(HIDDEN, ' '), plainValue(one)]));
  }
  return value;
}
