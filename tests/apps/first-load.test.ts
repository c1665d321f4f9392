import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { makeTestFolder } from '../support/database.ts';

vi.setConfig({ hookTimeout: 120_000 });

/** What one tap on a link may cost before anything is seen. */
const FIRST_LOAD_BYTES_MAX = 200 * 1024;
const web = fileURLToPath(new URL('../../web', import.meta.url));

const scripts = new Map<string, string>();
const pages = new Map<string, string>();
beforeAll(async () => {
  await using folder = await makeTestFolder();
  // As visitors get it: a test's own environment would bring React with all its warnings.
  vi.stubEnv('NODE_ENV', 'production');
  await build({ root: web, configFile: `${web}/vite.config.ts`, logLevel: 'error', build: { outDir: folder.path } });
  vi.unstubAllEnvs();
  for (const name of readdirSync(folder.path)) {
    if (name.endsWith('.html')) pages.set(name, readFileSync(`${folder.path}/${name}`, 'utf8'));
  }
  for (const name of readdirSync(`${folder.path}/assets`)) {
    if (name.endsWith('.js')) scripts.set(name, readFileSync(`${folder.path}/assets/${name}`, 'utf8'));
  }
});

/** The scripts that a text names, and those that they import at once in their turn. */
function loadedBy(text: string, loaded = new Set<string>()): Set<string> {
  for (const name of scripts.keys()) {
    const isNamed = text.includes(`/assets/${name}`) || new RegExp(`(from|import)\\s*["']\\./${name}["']`).test(text);
    if (!isNamed || loaded.has(name)) continue;
    loaded.add(name);
    loadedBy(scripts.get(name) ?? '', loaded);
  }
  return loaded;
}

const compressedBytes = (names: Iterable<string>) =>
  [...names].reduce((sum, name) => sum + gzipSync(scripts.get(name) ?? '').length, 0);

describe('the first load of an app is at most 200 KB of compressed JavaScript', () => {
  test.each([
    ['the worker app', 'worker.html'],
    ['the sales app', 'sales.html'],
    ['the entrance of the company', 'index.html'],
  ])('%s', (_name, page) => {
    const bytes = compressedBytes(loadedBy(pages.get(page) ?? ''));
    expect(bytes).toBeGreaterThan(20_000);
    expect(bytes).toBeLessThanOrEqual(FIRST_LOAD_BYTES_MAX);
  });

  test('the dashboard, which comes after the entrance’s frame', () => {
    const dashboard = [...scripts.keys()].find((name) => name.startsWith('dashboard-app'));
    expect(dashboard).toBeDefined();
    const names = loadedBy(pages.get('index.html') ?? '');
    const all = loadedBy(`/assets/${dashboard}`, names);
    expect(compressedBytes(all)).toBeLessThanOrEqual(FIRST_LOAD_BYTES_MAX);
  });
});
