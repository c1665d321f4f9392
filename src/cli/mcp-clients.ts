/** Where MCP clients keep their settings, and in which form. */
import { homedir, platform } from 'node:os';
import path from 'node:path';
import { CliError } from './errors.ts';

interface McpClient {
  readonly title: string;
  /** The key below which servers are listed. */
  readonly key: 'mcpServers' | 'servers';
  /** `project`: below the working directory. */
  file(project: string): string;
}

function claudeDesktopFile(): string {
  const name = path.join('Claude', 'claude_desktop_config.json');
  if (platform() === 'darwin') return path.join(homedir(), 'Library', 'Application Support', name);
  if (platform() === 'win32')
    return path.join(process.env['APPDATA'] ?? path.join(homedir(), 'AppData', 'Roaming'), name);
  return path.join(process.env['XDG_CONFIG_HOME'] ?? path.join(homedir(), '.config'), name);
}

export const mcpClients = {
  'claude-desktop': { title: 'Claude Desktop', key: 'mcpServers', file: claudeDesktopFile },
  'claude-code': {
    title: 'Claude Code, of this project',
    key: 'mcpServers',
    file: (project) => path.join(project, '.mcp.json'),
  },
  cursor: { title: 'Cursor', key: 'mcpServers', file: () => path.join(homedir(), '.cursor', 'mcp.json') },
  vscode: {
    title: 'VS Code, of this workspace',
    key: 'servers',
    file: (project) => path.join(project, '.vscode', 'mcp.json'),
  },
} as const satisfies Record<string, McpClient>;

export type McpClientName = keyof typeof mcpClients;

export const mcpClientNames = Object.keys(mcpClients) as McpClientName[];

export type ServerEntry =
  | { readonly type: 'stdio'; readonly command: string; readonly args: readonly string[] }
  | { readonly type: 'http'; readonly url: string; readonly headers: Readonly<Record<string, string>> };

/** The settings with these servers in them; all else stays as it was. Throws CLIENT_SETTINGS_INVALID. */
export function withServers(
  client: McpClientName,
  file: string,
  before: string | null,
  servers: Readonly<Record<string, ServerEntry>>,
): string {
  const { key } = mcpClients[client];
  const settings = before === null || before.trim() === '' ? {} : parsed(file, before);
  const listed = settings[key] ?? {};
  if (!isMap(listed)) throw invalid(file, `"${key}" is no object`);
  return `${JSON.stringify({ ...settings, [key]: { ...listed, ...servers } }, undefined, 2)}\n`;
}

function parsed(file: string, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid(file, (cause as Error).message);
  }
  if (isMap(value)) return value;
  throw invalid(file, 'an object was expected at its top');
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const invalid = (file: string, what: string) =>
  new CliError('CLIENT_SETTINGS_INVALID', `${file} can't be added to: ${what}.`);
