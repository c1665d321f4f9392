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
