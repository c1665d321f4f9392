import { defineCliCommand } from '../../frame.ts';
import { mcpServerNames } from '../../mcp-parts.ts';

export const tools = defineCliCommand({
  summary: 'Lists the tools of the MCP servers.',
  examples: [
    ['zava mcp tools', 'names and titles'],
    ['zava mcp tools --json', 'with descriptions and schemas'],
  ],
  options: {},
  async run(_input, { colors }) {
    const [{ toolsOf }, { z }] = await Promise.all([import('../../../mcp/index.ts'), import('zod')]);
    const result = mcpServerNames.map((server) => ({
      server,
      tools: toolsOf(server).map(({ name, title, description, input, output }) => ({
        ...{ name, title, description },
        inputSchema: z.toJSONSchema(input, { io: 'input' }),
        outputSchema: z.toJSONSchema(output),
      })),
    }));
    const lines = result.flatMap(({ server, tools: listed }) => [
      colors.bold(server),
      ...listed.map(({ name, title }) => `  ${name.padEnd(32)} ${title}`),
    ]);
    return { result, text: lines.join('\n') };
  },
});
