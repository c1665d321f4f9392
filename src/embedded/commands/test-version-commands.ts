/**
 * Commands that MongoDB has, with `enableTestCommands`, only for drivers' tests of the Stable API; side by side because they
 * differ in what the API says of them.
 */
import { anything } from './arguments.ts';
import { defineCommand } from './command.ts';

export const testDeprecation = defineCommand({
  name: 'testDeprecation',
  summary: 'Is deprecated in API version 1.',
  arguments: { testDeprecation: anything },
  apiVersion1: true,
  isDeprecated: true,
  run: () => ({ ok: 1 }),
});

export const testVersion2 = defineCommand({
  name: 'testVersion2',
  summary: 'Is not part of API version 1.',
  arguments: { testVersion2: anything },
  run: () => ({ ok: 1 }),
});

export const testVersions1And2 = defineCommand({
  name: 'testVersions1And2',
  summary: 'Is part of API version 1.',
  arguments: { testVersions1And2: anything },
  apiVersion1: true,
  run: () => ({ ok: 1 }),
});
