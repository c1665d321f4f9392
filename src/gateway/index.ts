export {
  factsOf,
  type InspectedToken,
  inspectToken,
  type SigningKey,
  signingKeyOf,
  signToken,
  type TokenFacts,
  type TokenSubject,
  type TokenVerdict,
  verifyToken,
} from './access-tokens.ts';
export {
  admit,
  allowDevice,
  allowToken,
  readWithdrawn,
  revokeDevice,
  revokeToken,
  type Withdrawn,
} from './admission.ts';
export { Channel } from './channel.ts';
export type { ChannelEffect, ChannelInput, ChannelOptions, ChannelState, StreamChange } from './channel-effects.ts';
export { hashesOf } from './comparison.ts';
export { type ConnectorConfig, type ConnectorMapping, readConnectorConfig } from './connector-file.ts';
export {
  type ConflictEntry,
  type Decision,
  type DecisionContext,
  type DocumentWrite,
  decideOperation,
  type Standing,
} from './decide-operation.ts';
export { GatewayError, gatewayErrors } from './errors.ts';
export {
  findConflict,
  type InboxDetails,
  type InboxOutcome,
  type InboxQuery,
  listConflicts,
  listInbox,
  type SettleRequest,
  settleConflict,
  settleInboxEntry,
  showInboxEntry,
} from './inbox.ts';
export type { ApplyContext } from './mongo/apply-operation.ts';
export { type ConflictRecord, createSyncIndexes, type InboxRecord } from './mongo/collections.ts';
export type { DirectWritesStatus } from './mongo/direct-writes/leader.ts';
export { readPermissions } from './permissions-file.ts';
export { ScopeGroups } from './scope-group.ts';
export {
  Gateway,
  type GatewayOptions,
  type GatewayStatus,
  type ListeningGateway,
  listen,
  SYNC_PATH,
} from './server.ts';
export {
  type DeviceHealth,
  type DirectWritesHealth,
  type GatewayHealth,
  type IsolatedWrite,
  readSyncStatus,
  type SyncStatus,
} from './sync-status.ts';
export { type TriggeredDevice, type TriggerOptions, triggerSync } from './trigger-sync.ts';
