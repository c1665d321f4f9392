import { anything } from './arguments.ts';
import { defineCommand } from './command.ts';

/** The MongoDB version whose behaviour this server follows. */
export const MONGODB_VERSION = '8.0.4';
export const MONGODB_VERSION_PARTS: readonly number[] = [8, 0, 4, 0];

export const buildInfo = defineCommand({
  name: 'buildInfo',
  aliases: ['buildinfo'],
  summary: 'The version and how this server was built.',
  arguments: { buildInfo: anything, buildinfo: anything },
  run: () => ({
    version: MONGODB_VERSION,
    gitVersion: 'zava-embedded',
    modules: [],
    allocator: 'system',
    javascriptEngine: 'none',
    sysInfo: 'deprecated',
    versionArray: [...MONGODB_VERSION_PARTS],
    openssl: { running: 'disabled' },
    buildEnvironment: { distmod: '', distarch: process.arch, target_arch: process.arch, target_os: process.platform },
    bits: 64,
    debug: false,
    maxBsonObjectSize: 16777216,
    storageEngines: ['lmdb'],
    ok: 1,
  }),
});
