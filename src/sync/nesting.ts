/**
 * How deep JSON is nested. Parsing takes longer the deeper it goes (a frame of four million brackets: eight seconds), and
 * recursion ends a program; so both ends look first.
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_MAP = 0x7b;
const CLOSE_MAP = 0x7d;

/** Of JSON text, without parsing it. */
export function isTextNestedDeeper(text: string, depthMax: number): boolean {
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (isInText) {
      if (unit === BACKSLASH) at += 1;
      else if (unit === QUOTE) isInText = false;
    } else if (unit === QUOTE) isInText = true;
    else if (unit === OPEN_LIST || unit === OPEN_MAP) {
      depth += 1;
      if (depth > depthMax) return true;
    } else if (unit === CLOSE_LIST || unit === CLOSE_MAP) depth -= 1;
  }
  return false;
}

/** Of a value, whatever its size. */
export function isNestedDeeper(value: unknown, depthMax: number): boolean {
  const waiting: { readonly part: unknown; readonly depth: number }[] = [{ part: value, depth: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { part, depth } = next;
    if (typeof part !== 'object' || part === null) continue;
    if (depth >= depthMax) return true;
    for (const inner of Object.values(part)) waiting.push({ part: inner, depth: depth + 1 });
  }
  return false;
}
