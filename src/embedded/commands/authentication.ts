/** This server has no users: who logs in fails, who asks for users finds none, who makes some is told so. */
import { MongoError } from '../errors.ts';
import { anything, boolean, object } from './arguments.ts';
import { type Command, defineCommand } from './command.ts';

const authenticationFailed = (name: 'saslStart' | 'saslContinue' | 'authenticate'): Command =>
  defineCommand({
    name,
    summary: 'Fails: this server has no users.',
    arguments: { [name]: anything },
    ignoresUnknown: true,
    apiVersion1: true,
    run() {
      throw new MongoError('AuthenticationFailed', 'Authentication failed.');
    },
  });

const refused = (name: string): Command =>
  defineCommand({
    name,
    summary: 'Refused: this server has no users or roles.',
    arguments: { [name]: anything },
    ignoresUnknown: true,
    run() {
      throw new MongoError(
        'CommandNotSupported',
        `${name} is not supported: this server has no authentication and listens on the loopback address only`,
      );
    },
  });

export const authenticate = authenticationFailed('authenticate');
export const saslContinue = authenticationFailed('saslContinue');
export const saslStart = authenticationFailed('saslStart');

export const logout = defineCommand({
  name: 'logout',
  summary: 'Does nothing: nobody is logged in.',
  arguments: { logout: anything },
  run: () => ({ ok: 1 }),
});

export const usersInfo = defineCommand({
  name: 'usersInfo',
  summary: 'The users: none.',
  arguments: {
    usersInfo: anything,
    showAuthenticationRestrictions: anything,
    showCredentials: boolean.default(false),
    showCustomData: boolean.default(true),
    showPrivileges: boolean.default(false),
    filter: object.optional(),
    comment: anything,
  },
  run: () => ({ users: [], ok: 1 }),
});

export const rolesInfo = defineCommand({
  name: 'rolesInfo',
  summary: 'The roles that somebody made: none.',
  arguments: {
    rolesInfo: anything,
    showAuthenticationRestrictions: anything,
    showBuiltinRoles: anything,
    showPrivileges: anything,
    comment: anything,
  },
  run: () => ({ roles: [], ok: 1 }),
});

export const userAndRoleCommands: readonly Command[] = [
  'createRole',
  'createUser',
  'dropAllRolesFromDatabase',
  'dropAllUsersFromDatabase',
  'dropRole',
  'dropUser',
  'grantPrivilegesToRole',
  'grantRolesToRole',
  'grantRolesToUser',
  'revokePrivilegesFromRole',
  'revokeRolesFromRole',
  'revokeRolesFromUser',
  'updateRole',
  'updateUser',
].map(refused);
