import { arch, cpus, freemem, hostname, platform, release, totalmem } from 'node:os';
import { anything } from './arguments.ts';
import { defineCommand } from './command.ts';

export const hostInfo = defineCommand({
  name: 'hostInfo',
  summary: 'The machine that the server runs on.',
  arguments: { hostInfo: anything },
  run: () => ({
    system: {
      currentTime: new Date(),
      hostname: hostname(),
      cpuAddrSize: 64,
      memSizeMB: Math.round(totalmem() / 1024 / 1024),
      memLimitMB: Math.round(totalmem() / 1024 / 1024),
      numCores: cpus().length,
      cpuArch: arch(),
      numaEnabled: false,
    },
    os: {
      type: platform() === 'darwin' ? 'Darwin' : platform() === 'win32' ? 'Windows' : 'Linux',
      name: platform(),
      version: release(),
    },
    extra: { freeMemMB: Math.round(freemem() / 1024 / 1024) },
    ok: 1,
  }),
});
