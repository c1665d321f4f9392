import { queryOf } from '../../database/index.ts';
import type { ToolCall } from '../tool.ts';

/** Asks a query of the library in the caller's name. */
export async function ask<Result>(
  call: ToolCall,
  name: string,
  asked: Readonly<Record<string, unknown>>,
): Promise<Result> {
  const query = queryOf(name);
  if (query === undefined) throw new Error(`There is no query '${name}'.`);
  return (await query.run(call, query.parameters.parse(asked))) as Result;
}
