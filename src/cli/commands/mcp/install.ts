import { copyFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CliError } from '../../errors.ts';
import { defineCliCommand } from '../../frame.ts';
import { type McpClientName, mcpClientNames, mcpClients, type ServerEntry, withServers } from '../../mcp-clients.ts';
import { mcpServerNames } from '../../mcp-parts.ts';
import { flag, listOption, pathOption, roleOption, textOption } from '../../options.ts';
import { packageFolder } from '../../package-file.ts';

const TOKEN_DAYS = 90;

export const install = defineCliCommand({
  summary: 'Prints, or writes, what an MCP client needs to start the servers.',
  description: `Prints the settings of both servers and where they belong. With --write they are put into the client's file: what else is there stays, and the file as it was is kept beside it with .bak. No token stands in them: the servers read it from a file, which --issue-token makes, readable by its owner alone (${TOKEN_DAYS} days). Clients: ${mcpClientNames.join(', ')}.`,
  examples: [
    ['zava mcp install', 'prints what Claude Desktop needs'],
    [
      'zava mcp install --client vscode --write --issue-token',
      'writes .vscode/mcp.json, with a token for an agent of all stores',
    ],
    ['zava mcp install --client cursor --store store_seattle --issue-token --write', 'an agent of one store'],
    ['zava mcp install --http', 'for a headquarters that runs'],
  ],
  options: {
    client: textOption(`One of ${mcpClientNames.join(', ')}. Default: claude-desktop.`, { valueName: 'NAME' }),
    write: flag('Write the file, instead of printing what would be in it.'),
    http: flag('Reach the servers at headquarters over HTTP; the client asks for the token in ZAVA_TOKEN.'),
    tokenFile: pathOption('The file of the token. Default: mcp.token in the data directory.', { valueName: 'FILE' }),
    issueToken: flag('Make the token, too.'),
    role: roleOption('Of the token that is made. Default: agent.'),
    store: listOption('A store that the token may see; repeat it for more. Default: all.', { valueName: 'ID' }),
    dataDir: pathOption('Where the data directory is.', { valueName: 'DIR', setting: 'ZAVA_DATA_DIR' }),
  },
  async run({ client = 'claude-desktop', write, http, tokenFile, issueToken, role = 'agent', store }, context) {
    const name = mcpClientNames.find((one) => one === client);
    if (name === undefined)
      throw new CliError('BAD_USAGE', `--client: one of ${mcpClientNames.join(', ')} was expected.`);
    if (issueToken && !write)
      throw new CliError(
        'BAD_USAGE',
        '--issue-token goes with --write: without it nothing is written, no token either.',
      );
    const { settings, directory, note, loaded } = context;
    const dataDir = path.resolve(directory, settings.ZAVA_DATA_DIR);
    // A token that stands in `.env` is read from there.
    const isTokenInEnvFile = tokenFile === undefined && !issueToken && loaded.sources.ZAVA_TOKEN === '.env';
    const token = path.resolve(directory, tokenFile ?? path.join(dataDir, 'mcp.token'));
    const servers = Object.fromEntries(
      mcpServerNames.map((server) => [
        `zava-${server}`,
        http
          ? overHttp(server, settings.ZAVA_PORT)
          : onStdio(server, {
              'data-dir': dataDir,
              'token-file': isTokenInEnvFile ? null : token,
              'env-file': loaded.hasEnvFile ? path.join(directory, '.env') : null,
            }),
      ]),
    );
    const file = mcpClients[name].file(directory);
    const before = await readIfThere(file);
    const after = withServers(name, file, before, servers);
    if (issueToken) {
      const { principalOf } = await import('../../principal.ts');
      const { signingKeyOf, signToken } = await import('../../../gateway/index.ts');
      const principal = principalOf(
        role,
        store.length === 0 && role !== 'headquarters' ? ['all'] : store,
        `mcp-${role}`,
      );
      const signed = await signToken(await signingKeyOf(dataDir), { principal }, TOKEN_DAYS);
      await writeWhole(token, `${signed}\n`);
      note(`The token of ${role} is in ${token}, good for ${TOKEN_DAYS} days.`);
    }
    if (!write) {
      const hint = `Would be in ${file} (${mcpClients[name].title}); --write puts it there.`;
      return {
        result: { client: name, file, servers, written: false },
        text: `${JSON.stringify({ [mcpClients[name].key]: servers }, undefined, 2)}\n${hint}`,
      };
    }
    await writeKeepingBackup(file, before, after);
    return {
      result: { client: name satisfies McpClientName, file, servers, written: true },
      text: `${file} has ${Object.keys(servers).join(' and ')}. Start ${mcpClients[name].title} anew.`,
    };
  },
});

/** A client starts the server in a folder of its own: every place is said in full. */
const onStdio = (server: string, places: Readonly<Record<string, string | null>>): ServerEntry => ({
  type: 'stdio',
  command: process.execPath,
  args: [
    path.join(packageFolder(), 'bin', 'zava.js'),
    'mcp',
    server,
    ...Object.entries(places).flatMap(([name, place]) => (place === null ? [] : [`--${name}`, place])),
  ],
});

const overHttp = (server: string, port: number): ServerEntry => ({
  type: 'http',
  url: `http://127.0.0.1:${port}/mcp/${server}`,
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the client puts the token in.
  headers: { Authorization: 'Bearer ${ZAVA_TOKEN}' },
});

/** Whole or not at all, with the file as it was beside it. */
async function writeKeepingBackup(file: string, before: string | null, after: string): Promise<void> {
  if (before !== null) await copyFile(file, `${file}.bak`);
  await writeWhole(file, after);
}

/** Readable by its owner alone, even where a file that others could read was there before. */
async function writeWhole(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** Null where there is no such file. A file that is there and can't be read is not written over. */
async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new CliError('CLIENT_SETTINGS_INVALID', `${file} can't be read: ${(cause as Error).message}`, { cause });
  }
}
