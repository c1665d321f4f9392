/**
 * One connection between a device and a gateway: two queues of frames in order, of which either end may be closed, or
 * dead, while the other still believes in it.
 */
import type { Channel, ChannelEffect, ChannelInput } from '../gateway/index.ts';
import type { Position } from '../sync/index.ts';
import type { Transaction, Uploader } from './model-transactions.ts';

export type Question = Extract<
  ChannelEffect,
  { kind: 'authenticate' | 'start' | 'readChunk' | 'scan' | 'readDocuments' }
>;

export class Link {
  readonly number: number;
  readonly channel: Channel;
  readonly toGateway: string[] = [];
  readonly toDevice: string[] = [];
  isUpAtDevice = true;
  isUpAtGateway = true;
  /** Frames of these directions vanish from now on; neither end is told. */
  vanishesToGateway = false;
  vanishesToDevice = false;
  isSlow = false;
  /** What the channel has asked the database, in no order. */
  readonly questions: Question[] = [];
  /** What the database has answered, and the channel has not heard. */
  readonly answers: ChannelInput[] = [];
  /** Uploaded operations, applied one after the other. */
  readonly uploads: unknown[] = [];
  transaction: { readonly value: unknown; readonly begun: Transaction; readonly attempt: number } | null = null;
  uploader: Uploader | null = null;
  /** What the device holds for refused; it wants to know when somebody has settled one. */
  readonly rejectedIds = new Set<string>();
  follows: Position | null = null;
  /** Whether a batch has come since it began to follow. */
  hasFollowed = false;

  constructor(number: number, channel: Channel) {
    this.number = number;
    this.channel = channel;
  }

  get isOver(): boolean {
    return !this.isUpAtDevice && !this.isUpAtGateway && this.transaction === null;
  }

  sendToGateway(text: string): void {
    if (this.isUpAtDevice && !this.vanishesToGateway) this.toGateway.push(text);
  }

  sendToDevice(text: string): void {
    if (this.isUpAtGateway && !this.vanishesToDevice) this.toDevice.push(text);
  }

  closeAtDevice(): void {
    this.isUpAtDevice = false;
    this.toDevice.length = 0;
  }

  closeAtGateway(): void {
    this.isUpAtGateway = false;
    this.toGateway.length = 0;
    this.questions.length = 0;
    this.answers.length = 0;
    this.uploads.length = 0;
    this.follows = null;
  }
}
