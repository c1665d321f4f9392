/**
 * An agent that answers questions about Zava's sales, by any model with an OpenAI-compatible endpoint and the tools of
 * `zava mcp sales-analysis`. README.md says how to run it.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runAgent } from './agent-loop.ts';
import { endpointModel, type Model, type Recording, readRecording, replayedModel } from './models.ts';
import { ToolServer } from './tool-server.ts';

const zava = path.relative('', fileURLToPath(new URL('../../bin/zava.js', import.meta.url)));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** The URL of an MCP server, or the command that starts one. */
    server: { type: 'string', default: `node ${zava} mcp sales-analysis` },
    replay: { type: 'string' },
    record: { type: 'string' },
    charts: { type: 'string', default: 'charts' },
    turns: { type: 'string', default: '12' },
  },
});

/** What whoever runs it can put right. */
class Usage extends Error {}

try {
  const recording = values.replay === undefined ? undefined : await readRecording(values.replay);
  const question = recording?.question ?? positionals.join(' ');
  if (question === '') throw new Usage('Ask something: npx tsx examples/agent/main.ts "Which store sold most?"');
  const model = recording === undefined ? modelOfEnvironment() : replayedModel(recording);
  if (recording !== undefined) console.error(`Replayed: ${recording.about}`);
  const token = process.env['ZAVA_TOKEN'];
  if (token === undefined)
    throw new Usage('Say who asks: export ZAVA_TOKEN=$(npx zava token issue --role agent --store store_seattle)');

  await using server = await ToolServer.connect(values.server, token, values.charts);
  const run = await runAgent(question, { model, server, turnsMax: Number(values.turns) }, console.error);
  console.log(run.answer);
  for (const image of run.images) console.log(`Chart: ${image}`);
  if (values.record !== undefined) {
    const about = `The words of ${process.env['OPENAI_MODEL']}, ${new Date().toISOString().slice(0, 10)}.`;
    const recorded: Recording = { about, question, turns: run.turns };
    await writeFile(values.record, `${JSON.stringify(recorded, null, 2)}\n`);
  }
} catch (error) {
  console.error(`Error: ${(error as Error).message}`);
  process.exitCode = error instanceof Usage ? 2 : 1;
}

function modelOfEnvironment(): Model {
  const { OPENAI_MODEL, OPENAI_API_KEY } = process.env;
  if (OPENAI_MODEL === undefined || OPENAI_API_KEY === undefined)
    throw new Usage(
      'Name a model: OPENAI_MODEL and OPENAI_API_KEY, and OPENAI_BASE_URL where it is not at OpenAI. Without one: --replay examples/agent/recorded-run.json',
    );
  return endpointModel(OPENAI_MODEL);
}
