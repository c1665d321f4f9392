/** The attacks on the checked aggregation again, as an agent makes them: through a real client, in one session. */
import { isDeepStrictEqual } from 'node:util';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AGENT_OF_SEATTLE,
  CANARY,
  CANARY_NUMBER,
  smallCompany,
} from '../../src/database/checked-aggregation/small-company.testing.ts';
import type { Attack } from '../mcp-attacks/attack.ts';
import { forbidden } from '../mcp-attacks/forbidden.ts';
import { hiddenValues } from '../mcp-attacks/hidden-values.ts';
import { wrongForms } from '../mcp-attacks/wrong-forms.ts';
import { answerOf, call, errorOf, HEADQUARTERS, type McpCompany, openMcpCompany } from './clients.ts';

const TIME_MS_MAX = 1_500;

let company: McpCompany;
let agent: Client;
let headquarters: Client;
beforeAll(async () => {
  company = await openMcpCompany({ documents: Object.entries(smallCompany()), maxTimeMS: TIME_MS_MAX });
  agent = await company.connect('sales-analysis', AGENT_OF_SEATTLE);
  headquarters = await company.connect('sales-analysis', HEADQUARTERS);
  await Promise.all([agent.listTools(), headquarters.listTools()]);
});
afterAll(async () => {
  await company?.[Symbol.asyncDispose]();
});

/** Functions, symbols and the like can't be sent at all. */
function hasJsonForm({ collection, pipeline, limit }: Attack): boolean {
  const given = { collection, pipeline, limit };
  try {
    return isDeepStrictEqual({ limit: undefined, ...JSON.parse(JSON.stringify(given)) }, given);
  } catch {
    return false;
  }
}

async function ask(client: Client, given: object): Promise<CallToolResult | 'turned away'> {
  try {
    return await call(client, 'run_aggregation', given as Record<string, unknown>);
  } catch (error) {
    expect(String(error)).toContain('REQUEST_INVALID');
    return 'turned away';
  }
}

describe('[MC8] an agent, beside somebody of headquarters who asks the same', () => {
  const attacks = [...forbidden, ...wrongForms, ...hiddenValues].filter(hasJsonForm);

  test(`gets nothing by ${attacks.length} ways out of the scope`, async () => {
    expect(attacks.length).toBeGreaterThan(150);
    for (const { name, collection, pipeline, limit, ends } of attacks) {
      const given = { collection, pipeline, ...(limit === undefined ? {} : { max_rows: limit }) };
      const [result] = await Promise.all([ask(agent, given), ask(headquarters, given)]);
      // What carries a `__proto__` is turned away with its whole body.
      if (result === 'turned away') {
        expect(ends, name).toBe('refused');
        continue;
      }
      const text = JSON.stringify(result);
      expect(text, name).not.toContain(CANARY);
      expect(text, name).not.toContain(String(Math.floor(CANARY_NUMBER)));
      if (ends === 'refused') {
        expect(result.isError, `${name}: ${text.slice(0, 300)}`).toBe(true);
        const [content] = result.content;
        const { error } = JSON.parse(content?.type === 'text' ? content.text : '{}');
        expect(['PIPELINE_REFUSED', 'COLLECTION_NOT_YOURS', 'ARGUMENTS_INVALID'], name).toContain(error.code);
        expect(error.fix, name).not.toBe('');
      } else if (ends === 'empty-handed' && result.isError !== true) {
        expect(result.structuredContent, name).toMatchObject({ stores: ['store_seattle'] });
      }
    }
    // The same values are there for whom they are meant.
    const { rows } = await answerOf(headquarters, 'run_aggregation', { collection: 'orders', pipeline: [] });
    expect(JSON.stringify(rows)).toContain(CANARY);
  }, 120_000);

  test('a question that takes too long is given up, with what to do, and the session goes on', async () => {
    const pipeline = ['a', 'b', 'c', 'd', 'e', 'f']
      .flatMap((as) => [{ $lookup: { from: 'order_items', pipeline: [], as } }, { $unwind: `$${as}` }] as object[])
      .concat({ $group: { _id: null, count: { $sum: 1 } } });
    const error = await errorOf(agent, 'run_aggregation', { collection: 'order_items', pipeline });
    expect(['PIPELINE_TOO_SLOW', 'PIPELINE_FAILED', 'PIPELINE_REFUSED']).toContain(error.code);
    expect(error.fix).not.toBe('');
    expect((await answerOf(agent, 'get_current_utc_date')).day).toMatch(/^\d{4}-/);
  });
});
