import { readFile } from 'node:fs/promises';
import { type Permissions, permissionsSchema } from '../domain/index.ts';
import { GatewayError } from './errors.ts';

/** Reads `config/ditto_permissions.json`; refused whole, with the place of the fault. */
export async function readPermissions(file: string): Promise<Permissions> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new GatewayError('PERMISSIONS_INVALID', `${file} can't be read: ${(cause as Error).message}`, { cause });
  }
  const parsed = permissionsSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new GatewayError('PERMISSIONS_INVALID', `${file}, at ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}
