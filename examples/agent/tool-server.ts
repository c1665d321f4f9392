/** An MCP server as an agent needs it: its rules, its tools in the form of the model's API, and their results as text. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import type { ChatCompletionFunctionTool } from 'openai/resources/chat/completions';

/** More than this of one answer is cut off: a model pays for every letter, and reads the beginning best. */
const RESULT_CHARACTERS_MAX = 20_000;
const CALL_TIMEOUT_MS = 60_000;

export interface ToolResult {
  /** What the model reads. */
  readonly text: string;
  /** What a person reads who watches. */
  readonly summary: string;
  readonly isError: boolean;
  /** Rows and figures, as the tool's output schema has them. */
  readonly structured: unknown;
  readonly images: readonly string[];
}

export class ToolServer implements AsyncDisposable {
  readonly #client = new Client({ name: 'zava-example-agent', version: '1.0.0' });
  readonly #imageFolder: string;
  #images = 0;

  private constructor(imageFolder: string) {
    this.#imageFolder = imageFolder;
  }

  /** `address` is the URL of a running server, or the command that starts one of our own. The token says who asks. */
  static async connect(address: string, token: string, imageFolder: string): Promise<ToolServer> {
    const server = new ToolServer(imageFolder);
    const [command = '', ...args] = address.split(' ');
    const transport = /^https?:/.test(address)
      ? new StreamableHTTPClientTransport(new URL(address), {
          requestInit: { headers: { authorization: `Bearer ${token}` } },
        })
      : new StdioClientTransport({
          command,
          args,
          env: { ...process.env, ZAVA_TOKEN: token } as Record<string, string>,
        });
    await server.#client.connect(transport);
    return server;
  }

  /** What the server asks of whoever uses it. */
  get instructions(): string {
    return this.#client.getInstructions() ?? '';
  }

  async tools(): Promise<ChatCompletionFunctionTool[]> {
    const tools: ChatCompletionFunctionTool[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.#client.listTools({ cursor });
      for (const { name, description = '', inputSchema } of page.tools) {
        tools.push({ type: 'function', function: { name, description, parameters: { ...inputSchema } } });
      }
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    return tools;
  }

  /** A fault of the tool is a result too: the model reads it and tries something else. */
  async call(name: string, words: string): Promise<ToolResult> {
    try {
      const parameters = JSON.parse(words === '' ? '{}' : words) as Record<string, unknown>;
      const options = { timeout: CALL_TIMEOUT_MS, resetTimeoutOnProgress: true };
      const result = await this.#client.callTool({ name, arguments: parameters }, undefined, options);
      return await this.#read(result as CallToolResult);
    } catch (error) {
      const text = `Error: ${(error as Error).message}`;
      return { text, summary: text, isError: true, structured: null, images: [] };
    }
  }

  async #read({ content, structuredContent, isError = false }: CallToolResult): Promise<ToolResult> {
    const texts: string[] = [];
    const images: string[] = [];
    for (const part of content) {
      if (part.type === 'text') texts.push(part.text);
      if (part.type === 'image') images.push(await this.#save(part.data, part.mimeType));
    }
    // Figures rather than words about them, where a tool gives both.
    const text = structuredContent === undefined || isError ? texts.join('\n') : JSON.stringify(structuredContent);
    const cut = text.length > RESULT_CHARACTERS_MAX ? ' … (cut: ask for less)' : '';
    const saved = images.map((image) => `\nThe image was shown to the user, as ${path.basename(image)}.`).join('');
    return {
      ...{ text: text.slice(0, RESULT_CHARACTERS_MAX) + cut + saved, summary: texts[0] ?? '', isError },
      ...{ structured: structuredContent ?? null, images },
    };
  }

  async #save(base64: string, mimeType: string): Promise<string> {
    await mkdir(this.#imageFolder, { recursive: true });
    const file = path.join(this.#imageFolder, `chart-${++this.#images}.${mimeType.split('/')[1]}`);
    await writeFile(file, Buffer.from(base64, 'base64'));
    return file;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }
}
