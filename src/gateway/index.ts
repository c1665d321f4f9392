export { type SigningKey, signingKeyOf, signToken, type TokenSubject, verifyToken } from './access-tokens.ts';
export {
  Channel,
  type ChannelEffect,
  type ChannelInput,
  type ChannelOptions,
  type ChannelState,
  hashesOf,
  type StreamChange,
} from './channel.ts';
export {
  type ConflictEntry,
  type Decision,
  type DecisionContext,
  type DocumentWrite,
  decideOperation,
  type Standing,
} from './decide-operation.ts';
export { GatewayError, gatewayErrors } from './errors.ts';
export { readPermissions } from './permissions-file.ts';
export {
  Gateway,
  type GatewayOptions,
  type GatewayStatus,
  type ListeningGateway,
  listen,
  SYNC_PATH,
} from './server.ts';
