/** Who says what to do next: a model behind an OpenAI-compatible endpoint, or a recorded run. */
import { readFile } from 'node:fs/promises';
import OpenAI from 'openai';
import type {
  ChatCompletionFunctionTool,
  ChatCompletionMessageFunctionToolCall,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';

export interface Turn {
  readonly content: string | null;
  readonly tool_calls?: readonly ChatCompletionMessageFunctionToolCall[];
}

export interface Model {
  /** `results` are those of the tools so far, in the order of their calls. */
  next(
    messages: readonly ChatCompletionMessageParam[],
    tools: readonly ChatCompletionFunctionTool[],
    results: readonly unknown[],
  ): Promise<Turn>;
}

/** OPENAI_BASE_URL (where it is not OpenAI's own) and OPENAI_API_KEY are read by the package. */
export function endpointModel(model: string): Model {
  const client = new OpenAI({ timeout: 120_000, maxRetries: 3 }); // 429 and 5xx, with the pauses that the server names
  return {
    async next(messages, tools) {
      const completion = await client.chat.completions.create({ model, messages: [...messages], tools: [...tools] });
      const [choice] = completion.choices;
      if (choice === undefined) throw new Error(`${model} gave no answer.`);
      if (choice.finish_reason === 'length') throw new Error(`${model} ran out of tokens in the middle of its answer.`);
      const calls = choice.message.tool_calls?.filter((call) => call.type === 'function');
      return { content: choice.message.content, ...(calls?.length ? { tool_calls: calls } : {}) };
    },
  };
}

export interface Recording {
  /** How it came about. */
  readonly about: string;
  readonly question: string;
  readonly turns: readonly Turn[];
}

export async function readRecording(file: string): Promise<Recording> {
  return JSON.parse(await readFile(file, 'utf8')) as Recording;
}

/**
 * Says what was recorded. Only the model's words are: the tools are really called, and what the words quote of them as
 * `${0.rows.0.sales}` (of the first result, its first row) is filled in from what they answer now.
 */
export function replayedModel({ turns }: Recording): Model {
  const left = [...turns];
  return {
    async next(_messages, _tools, results) {
      const turn = left.shift();
      if (turn === undefined) throw new Error('The recording ends without an answer.');
      const content =
        turn.content?.replaceAll(/\$\{([\w.*]+)\}/g, (_, path) => inWords(valueAt(path, results))) ?? null;
      const calls = turn.tool_calls?.map((call) => {
        // In the parameters of a call, as JSON.
        const quoted = /"\$\{([\w.*]+)\}"/g;
        const words = call.function.arguments.replaceAll(quoted, (_, path) => JSON.stringify(valueAt(path, results)));
        return { ...call, function: { ...call.function, arguments: words } };
      });
      return { content, ...(calls === undefined ? {} : { tool_calls: calls }) };
    },
  };
}

const inWords = (value: unknown): string =>
  typeof value === 'number'
    ? value.toLocaleString('en-US', { minimumFractionDigits: Number.isInteger(value) ? 0 : 2 })
    : String(value);

/** `1.rows.0.sales`: of the second result; `1.rows.*.sales`: of each row. */
function valueAt(path: string, results: readonly unknown[]): unknown {
  const [list, each] = path.split('.*.', 2);
  let value: unknown = results;
  for (const name of (list ?? '').split('.')) value = (value as Record<string, unknown> | null | undefined)?.[name];
  if (value === undefined) throw new Error(`The recording quotes ${path}, which the tools did not answer.`);
  return each === undefined ? value : (value as Record<string, unknown>[]).map((row) => row[each]);
}
