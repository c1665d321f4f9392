/** An endpoint that speaks the chat completions of OpenAI, and says what a test tells it to. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Turn } from '../../examples/agent/models.ts';

export interface ModelRequest {
  readonly authorization: string | undefined;
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string | null }[];
  readonly tools: readonly { readonly function: { readonly name: string } }[];
}

export interface ModelEndpoint extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly ModelRequest[];
}

/** `turnOf` is asked for each request; a number is a status to fail with. */
export async function openModelEndpoint(turnOf: (request: number) => Turn | number): Promise<ModelEndpoint> {
  const requests: ModelRequest[] = [];
  const server = createServer(async (request, response) => {
    const body = JSON.parse(await textOf(request)) as ModelRequest;
    const turn = turnOf(requests.length);
    requests.push({ ...body, authorization: request.headers.authorization });
    const isFault = typeof turn === 'number';
    const message = isFault ? { error: { message: 'The key is not known.' } } : completionOf(turn, body.model);
    response.writeHead(isFault ? turn : 200, { 'content-type': 'application/json' }).end(JSON.stringify(message));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const completionOf = (turn: Turn, model: string) => ({
  id: 'completion-1',
  object: 'chat.completion',
  created: 1_780_000_000,
  model,
  choices: [
    {
      index: 0,
      finish_reason: turn.tool_calls === undefined ? 'stop' : 'tool_calls',
      message: { role: 'assistant', refusal: null, ...turn },
    },
  ],
});

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
