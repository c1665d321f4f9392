import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { mayImport, webMayImport } from '../src/rooms.ts';
import { readImports } from './support/imports.ts';

const isTest = (file: string) => /\.(test|bench)\.tsx?$|\/test-|\/fixtures\//.test(file);
const roomOf = (file: string) => /^src\/([^/]+)\//.exec(file)?.[1];

describe('the rooms of src/', () => {
  const imports = readImports(['src', 'web/src']);

  test('every folder of src/ is a room of the table', () => {
    const folders = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map((folder) => folder.name).sort()).toEqual(Object.keys(mayImport).sort());
  });

  test('the imports were read', () => {
    expect(imports.length).toBeGreaterThan(200);
    expect(imports).toContainEqual(
      expect.objectContaining({ from: 'src/domain/collections.ts', to: 'src/domain/documents.ts' }),
    );
  });

  test('a room imports only rooms that the table allows', () => {
    const forbidden = imports.filter(({ from, to }) => {
      const [source, target] = [roomOf(from), roomOf(to)];
      if (source === undefined || target === undefined || source === target || isTest(from)) return false;
      const allowed: readonly string[] | '*' = mayImport[source as keyof typeof mayImport];
      return allowed !== '*' && !allowed.includes(target);
    });
    expect(forbidden).toEqual([]);
  });

  test('a room is entered by its index.ts alone', () => {
    const sideDoors = imports.filter(({ from, to }) => {
      const target = roomOf(to);
      const isOutside = from.startsWith('src/') && roomOf(from) !== target && !isTest(from);
      return target !== undefined && isOutside && to !== `src/${target}/index.ts`;
    });
    expect(sideDoors).toEqual([]);
  });

  test('a page imports types alone, and from nowhere but where the table says', () => {
    const forbidden = imports.filter(
      ({ from, to, typeOnly }) =>
        from.startsWith('web/') &&
        to.startsWith('src/') &&
        !((webMayImport as readonly string[]).includes(to) && typeOnly),
    );
    expect(forbidden).toEqual([]);
  });

  test('no room has circular imports', () => {
    // Types may refer to each other in a circle; values may not, since modules are then half made when first used.
    const next = new Map<string, string[]>();
    for (const { from, to, typeOnly } of imports) {
      if (!typeOnly && from.startsWith('src/') && to.startsWith('src/'))
        next.set(from, [...(next.get(from) ?? []), to]);
    }
    expect(findCircle(next)).toBeNull();
  });
});

function findCircle(next: ReadonlyMap<string, readonly string[]>): string[] | null {
  const finished = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (finished.has(file)) return null;
    for (const target of next.get(file) ?? []) {
      const circle = visit(target, [...path, file]);
      if (circle !== null) return circle;
    }
    finished.add(file);
    return null;
  };
  for (const file of next.keys()) {
    const circle = visit(file, []);
    if (circle !== null) return circle;
  }
  return null;
}
