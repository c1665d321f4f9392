/** The MCP servers: the tools of each, and what happens around every call. */
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import {
  CallToolRequestSchema,
  type CallToolResult,
  ListToolsRequestSchema,
  type ListToolsResult,
} from '@modelcontextprotocol/sdk/types.js';
import { MongoError } from 'mongodb';
import { z } from 'zod';
import { CodedError, mayAskMcp } from '../domain/index.ts';
import { auditable } from './audit-log.ts';
import { McpError } from './errors.ts';
import { plainValue } from './plain-text.ts';
import { addPrompts } from './prompts.ts';
import { recorded } from './recorded.ts';
import { addResources } from './resources.ts';
import type { McpHost, McpServerName, Tool, ToolAnswer, ToolCall } from './tool.ts';
import { toolsOf } from './tools/tools-of.ts';

const MAX_TIME_MS = 20_000;
/** MongoDB's code of an operation that took longer than it may. */
const MAX_TIME_EXPIRED = 50;
const TEXT_OF_STRUCTURED_MAX = 100_000;

const READ_ONLY = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false } as const;

const instructions: Record<McpServerName, string> = {
  'customer-sales':
    'Products of Zava, a chain of hardware stores in Washington State, and where they are in stock. Search first, then ask for one product by its id. Every answer names the stores that it is of.',
  'sales-analysis':
    'Sales, stock and customers of Zava, a chain of hardware stores. Take a typed query where one answers the question; read the schemas before an aggregation of your own. Time is counted from the newest order. Every answer names the stores that it is of, and says when it was cut.',
};

/** One for each connection. Throws ROLE_REFUSED. */
export function createMcpServer(name: McpServerName, host: McpHost, version: string): McpServer {
  const { principal } = host;
  if (!mayAskMcp(principal, name))
    throw new McpError('ROLE_REFUSED', `The server ${name} is not for the role ${principal.role}.`);
  const server = new McpServer(
    { name: `zava-${name}`, title: `Zava ${name.replace('-', ' ')}`, version },
    { instructions: instructions[name], capabilities: { tools: {} } },
  );
  const tools = toolsOf(name).filter(({ isFor }) => isFor?.(principal) ?? true);
  server.server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: tools.map(described) }));
  server.server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra): Promise<CallToolResult> => {
    const progressToken = params._meta?.progressToken;
    return await answer(name, host, tools, params.name, params.arguments ?? {}, {
      signal: extra.signal,
      async progress(done, total, message) {
        if (progressToken === undefined) return;
        await extra.sendNotification({
          method: 'notifications/progress',
          params: { progressToken, progress: done, total, message },
        });
      },
    });
  });
  addResources(server, name, host);
  addPrompts(server, name);
  return server;
}

function described({ name, title, description, input, output }: Tool): ListToolsResult['tools'][number] {
  return {
    name,
    title,
    description,
    inputSchema: z.toJSONSchema(input, { io: 'input' }) as ListToolsResult['tools'][number]['inputSchema'],
    outputSchema: z.toJSONSchema(output) as NonNullable<ListToolsResult['tools'][number]['outputSchema']>,
    annotations: { title, ...READ_ONLY },
  };
}

async function answer(
  server: McpServerName,
  host: McpHost,
  tools: readonly Tool[],
  toolName: string,
  given: Readonly<Record<string, unknown>>,
  wires: Pick<ToolCall, 'signal' | 'progress'>,
): Promise<CallToolResult> {
  const found = tools.find(({ name }) => name === toolName);
  const asked = {
    server,
    tool: found?.name ?? `unknown tool of ${toolName.length} characters`,
    arguments: auditable(given, found?.input),
  };
  return await recorded<CallToolResult>(host, asked, async (callId) => {
    try {
      await host.stillAllowed?.();
      if (found === undefined) throw new McpError('NO_SUCH_TOOL', `There is no tool '${toolName.slice(0, 60)}' here.`);
      const parsed = found.input.safeParse(given);
      if (!parsed.success) throw argumentsInvalid(parsed.error);
      const call: ToolCall = {
        db: host.db,
        principal: host.principal,
        maxTimeMS: host.maxTimeMS ?? MAX_TIME_MS,
        ...(host.embedders === undefined ? {} : { embedders: host.embedders }),
        host,
        ...wires,
      };
      const answered = await untilAborted(wires.signal, found.run(call, parsed.data as never));
      return { result: resultOf(found, answered), rows: answered.rows ?? null };
    } catch (error) {
      const coded = codedOf(error, wires.signal);
      if (coded.code === 'CALL_FAILED') host.onFault?.(callId, error);
      return { result: refusal(coded, callId), outcome: coded.code };
    }
  });
}

function resultOf({ output }: Tool, { structured, text, image }: ToolAnswer): CallToolResult {
  const plain = output.parse(plainValue(structured)) as Record<string, unknown>;
  const json = JSON.stringify(plain);
  return {
    structuredContent: plain,
    content: [
      { type: 'text', text: plainValue(text) as string },
      // For clients that show a model the text alone.
      ...(json.length > TEXT_OF_STRUCTURED_MAX ? [] : [{ type: 'text' as const, text: json }]),
      ...(image === undefined
        ? []
        : [{ type: 'image' as const, data: image.data.toString('base64'), mimeType: image.mimeType }]),
    ],
  };
}

/** An error that a client can tell from an answer, and that a model can act on. */
function refusal(error: CodedError, callId: string): CallToolResult {
  const nextCall = error.data['nextCall'] ?? null;
  const told = {
    code: error.code,
    message: plainValue(error.message),
    fix: error.fix,
    next_call: nextCall,
    call_id: callId,
  };
  return { isError: true, content: [{ type: 'text', text: JSON.stringify({ error: told }) }] };
}

/** What may be told outside. Whatever has no code is a fault of ours, of which nothing is told but that it is one. */
function codedOf(error: unknown, signal: AbortSignal): CodedError {
  if (signal.aborted) return new McpError('CALL_CANCELLED', 'The call was cancelled.');
  if (error instanceof CodedError) return error;
  if (error instanceof z.ZodError) return argumentsInvalid(error);
  if (error instanceof MongoError && error.code === MAX_TIME_EXPIRED)
    return new McpError('CALL_TOOK_TOO_LONG', 'The database gave up on the question.', { cause: error });
  return new McpError('CALL_FAILED', 'The call failed.', { cause: error });
}

function argumentsInvalid(error: z.ZodError): McpError {
  const faults = error.issues.map(({ path, message }) => `${path.join('.') || 'arguments'}: ${message}`);
  return new McpError('ARGUMENTS_INVALID', faults.slice(0, 10).join('; '));
}

async function untilAborted<Value>(signal: AbortSignal, work: Promise<Value>): Promise<Value> {
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(new McpError('CALL_CANCELLED', 'The call was cancelled.'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
