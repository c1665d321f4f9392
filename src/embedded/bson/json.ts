/** JSON for messages and comparisons: `JSON.stringify` knows no bigint, and a client chooses where one stands. */
export function jsonOf(value: unknown): string {
  return (
    JSON.stringify(value, (_name, part: unknown) => (typeof part === 'bigint' ? Number(part) : part)) ?? 'undefined'
  );
}
