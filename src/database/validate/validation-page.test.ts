import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checks } from './checks.ts';
import { validationPage } from './validation-page.ts';

const page = new URL('../../../docs/validation.md', import.meta.url);

// UPDATE_DOCS=1 npx vitest run src/database/validate/validation-page.test.ts
if (process.env['UPDATE_DOCS'] === '1') writeFileSync(page, validationPage());

test('docs/validation.md lists every check with its promise', () => {
  expect(readFileSync(page, 'utf8')).toBe(validationPage());
});

test('every check has an id of its own, a promise that is a sentence, and a way out', () => {
  expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
  for (const { id, collection, title, promise, fix } of checks) {
    expect(id.startsWith(`${collection}.`), id).toBe(true);
    expect(title.length, id).toBeGreaterThan(1);
    expect(promise, id).toMatch(/\.$/);
    expect(fix, id).toMatch(/[.`]$/);
  }
});
