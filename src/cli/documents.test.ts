import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { renderMongoshScript } from '../database/index.ts';
import { commandGroups, commandNames, commandTable } from './command-table.ts';
import { renderCommandsPage } from './program.ts';
import { renderEnvSample, settingNames } from './settings.ts';
import { renderTroubleshootingPage } from './troubleshooting.ts';

/** `vitest -u` writes them anew. */
const root = '../..';

describe('documents made from tables', () => {
  test.each(commandNames)(
    '[CLI1] zava %s says what it does, with examples that call it and help for every word',
    async (name) => {
      const command = await commandTable[name]();
      expect(command.summary).toMatch(/^[A-Z].*\.$/);
      expect(command.examples.length).toBeGreaterThan(0);
      for (const [line, meaning] of command.examples) {
        expect(line).toContain(`zava ${name}`);
        expect(meaning).not.toBe('');
      }
      for (const { help } of [...Object.values(command.arguments), ...Object.values(command.options)]) {
        expect(help).toMatch(/\.$/);
      }
    },
  );

  test('[CLI12] docs/cli.md shows the commands as they are', async () => {
    const page = await renderCommandsPage({ commands: commandTable, groups: commandGroups, version: '0' });
    await expect(page).toMatchFileSnapshot(`${root}/docs/cli.md`);
    for (const name of commandNames) expect(page).toContain(`## zava ${name}\n`);
  });

  test('[CLI12] docs/troubleshooting.md has a heading for every error code', async () => {
    await expect(renderTroubleshootingPage()).toMatchFileSnapshot(`${root}/docs/troubleshooting.md`);
  });

  test('[CLI5] .env.sample holds every setting, with its comment', async () => {
    const sample = renderEnvSample();
    await expect(sample).toMatchFileSnapshot(`${root}/.env.sample`);
    const names = [...sample.matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(names).toEqual(settingNames);
    for (const [, before] of sample.matchAll(/(.*)\n[A-Z_]+=/g)) expect(before).toMatch(/^# /);
  });

  test('[DB4] scripts/create_indexes.js is made from the table of indexes', async () => {
    await expect(renderMongoshScript()).toMatchFileSnapshot(`${root}/scripts/create_indexes.js`);
  });

  test('a variable that nothing reads is not a setting', async () => {
    const sources = await Promise.all(
      [
        'settings.ts',
        'setting-groups.ts',
        'database-connection.ts',
        'device-parts.ts',
        'embedders.ts',
        'mcp-parts.ts',
        'commands/gateway.ts',
        'commands/generate.ts',
      ].map((file) => readFile(new URL(file, import.meta.url), 'utf8')),
    );
    // The groups that `zava check` judges and the commands read each of them beside the table itself.
    const [table = '', ...readers] = sources;
    for (const name of settingNames) {
      const uses = readers.filter((source) => source.includes(name)).length;
      const inTable = table.split(name).length - 1;
      expect({ name, uses: uses > 0 || inTable > 2 }).toEqual({ name, uses: true });
    }
  });
});
