/** `docs/troubleshooting.md`: one heading for every error code of the program, from the tables of all rooms. */
import { catalogErrors } from '../catalog/index.ts';
import { databaseErrors } from '../database/index.ts';
import { deviceErrors } from '../device/index.ts';
import type { ErrorTable } from '../domain/index.ts';
import * as embedded from '../embedded/index.ts';
import { embeddingsErrors } from '../embeddings/index.ts';
import { gatewayErrors } from '../gateway/index.ts';
import { generatorErrors } from '../generator/index.ts';
import { headquartersErrors } from '../headquarters/index.ts';
import { mcpErrors } from '../mcp/index.ts';
import { syncErrors } from '../sync/index.ts';
import { cliErrors } from './errors.ts';

const tables: Readonly<Record<string, ErrorTable>> = {
  'command line': cliErrors,
  database: databaseErrors,
  device: deviceErrors,
  gateway: gatewayErrors,
  sync: syncErrors,
  catalogue: catalogErrors,
  embeddings: embeddingsErrors,
  generator: generatorErrors,
  headquarters: headquartersErrors,
  'MCP servers': mcpErrors,
  'embedded server': embeddedTables(),
};

export function renderTroubleshootingPage(): string {
  const byCode = new Map<string, { readonly room: string; readonly fix: string }[]>();
  for (const [room, table] of Object.entries(tables)) {
    for (const [code, { fix }] of Object.entries(table)) byCode.set(code, [...(byCode.get(code) ?? []), { room, fix }]);
  }
  const lines = [
    '# Troubleshooting',
    '',
    'Every error of `zava` has a code. Its message says what happened; this page says what to do. It is printed by',
    '`npx zava help --troubleshooting`; a test holds it to the tables in the code.',
    '',
    'A line "This is a bug in zava" has no code: report it with the output of the same command and `--debug`.',
    '',
  ];
  for (const code of [...byCode.keys()].sort()) {
    lines.push(`## ${code}`, '');
    const meanings = byCode.get(code) ?? [];
    const fixes = new Set(meanings.map(({ fix }) => fix));
    for (const fix of fixes) {
      const rooms = meanings.filter((meaning) => meaning.fix === fix).map(({ room }) => room);
      lines.push(`From: ${rooms.join(', ')}.`, '', fix, '');
    }
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

/** Every table that the room's door offers, under whatever name. */
function embeddedTables(): ErrorTable {
  const found: Record<string, { fix: string }> = {};
  for (const [name, table] of Object.entries(embedded)) {
    if (/Errors$/.test(name) && typeof table === 'object') Object.assign(found, table);
  }
  return found;
}
