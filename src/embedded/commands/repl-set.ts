/** What a replica set of one member says about itself. */
import { MongoError } from '../errors.ts';
import { anything } from './arguments.ts';
import { defineCommand } from './command.ts';

export const replSetGetStatus = defineCommand({
  name: 'replSetGetStatus',
  summary: 'The state of the replica set: one member, the primary.',
  arguments: { replSetGetStatus: anything, initialSync: anything },
  adminOnly: true,
  run(_args, { identity, storage }) {
    const now = new Date();
    const optime = { ts: storage.clusterTime(), t: 1n };
    return {
      set: identity.replicaSetName,
      date: now,
      myState: 1,
      term: 1n,
      heartbeatIntervalMillis: 2000n,
      majorityVoteCount: 1,
      writeMajorityCount: 1,
      votingMembersCount: 1,
      writableVotingMembersCount: 1,
      optimes: { lastCommittedOpTime: optime, appliedOpTime: optime, durableOpTime: optime },
      members: [
        {
          _id: 0,
          name: `${identity.host}:${identity.port}`,
          health: 1,
          state: 1,
          stateStr: 'PRIMARY',
          uptime: Math.floor((now.getTime() - identity.startedAt.getTime()) / 1000),
          optime,
          optimeDate: now,
          electionTime: storage.clusterTime(),
          electionDate: identity.startedAt,
          configVersion: 1,
          configTerm: 1,
          self: true,
        },
      ],
      ok: 1,
    };
  },
});

export const replSetInitiate = defineCommand({
  name: 'replSetInitiate',
  summary: 'Refused: the replica set is there from the start.',
  arguments: { replSetInitiate: anything, comment: anything },
  adminOnly: true,
  run() {
    throw new MongoError('AlreadyInitialized', 'already initialized');
  },
});

export const replSetGetConfig = defineCommand({
  name: 'replSetGetConfig',
  summary: 'The configuration of the replica set.',
  arguments: { replSetGetConfig: anything, commitmentStatus: anything },
  adminOnly: true,
  run: (_args, { identity }) => ({
    config: {
      _id: identity.replicaSetName,
      version: 1,
      term: 1,
      members: [
        {
          _id: 0,
          host: `${identity.host}:${identity.port}`,
          arbiterOnly: false,
          buildIndexes: true,
          hidden: false,
          priority: 1,
          tags: {},
          secondaryDelaySecs: 0n,
          votes: 1,
        },
      ],
      protocolVersion: 1n,
      writeConcernMajorityJournalDefault: true,
      settings: { chainingAllowed: true, heartbeatIntervalMillis: 2000, electionTimeoutMillis: 10000 },
    },
    ok: 1,
  }),
});
