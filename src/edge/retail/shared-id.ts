/**
 * The id of something that may happen once, whichever device does it: the same UUID everywhere. Two devices that do it
 * without knowing of each other make the same document; headquarters takes the first and refuses the other, whole.
 */
import { contentHash } from '../../sync/index.ts';

export function sharedId(...parts: readonly string[]): string {
  const digits = contentHash([...parts, 'first half']) + contentHash([...parts, 'second half']);
  // Version 8 is free for such uses (RFC 9562).
  const variant = ((Number.parseInt(digits[16] as string, 16) & 0x3) | 0x8).toString(16);
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `8${digits.slice(13, 16)}`,
    variant + digits.slice(17, 20),
    digits.slice(20, 32),
  ].join('-');
}
