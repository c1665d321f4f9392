import { anything } from './arguments.ts';
import { defineCommand } from './command.ts';

export const getCmdLineOpts = defineCommand({
  name: 'getCmdLineOpts',
  summary: 'With which options the server was started.',
  arguments: { getCmdLineOpts: anything },
  adminOnly: true,
  run: (_args, { identity }) => ({
    argv: ['zava', 'db'],
    parsed: {
      net: { bindIp: identity.host, port: identity.port },
      replication: { replSet: identity.replicaSetName },
      storage: { dbPath: identity.dataDir },
    },
    ok: 1,
  }),
});
