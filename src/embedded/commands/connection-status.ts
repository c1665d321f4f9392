import { anything, boolean } from './arguments.ts';
import { defineCommand } from './command.ts';

export const connectionStatus = defineCommand({
  name: 'connectionStatus',
  summary: 'Who the connection is authenticated as: nobody, for this server has no users.',
  arguments: { connectionStatus: anything, showPrivileges: boolean.default(false) },
  apiVersion1: true,
  run: (args) => ({
    authInfo: {
      authenticatedUsers: [],
      authenticatedUserRoles: [],
      ...(args.showPrivileges ? { authenticatedUserPrivileges: [] } : {}),
    },
    ok: 1,
  }),
});
