/**
 * What a device knows of time from its gateway: the gateway's clock, and the newest stamp of what it has brought. Whoever
 * edits what was seen must come after it, whosever clock made it, and also with a clock that is slow.
 */
import { hlcText } from '../domain/index.ts';
import { type GatewayFrame, type HybridClock, STAMPED_VERSION, SyncError } from '../sync/index.ts';

export class GatewayTime {
  readonly #clock: HybridClock;
  #version = 0;
  /** The gateway's clock against this device's. */
  #aheadMs = 0;

  constructor(clock: HybridClock) {
    this.#clock = clock;
  }

  get version(): number {
    return this.#version;
  }

  /** Before what the frame brings can be seen. */
  hear(frame: GatewayFrame, wallClockMs: number): void {
    switch (frame.type) {
      case 'welcome':
        this.#version = frame.version;
        this.#aheadMs = frame.wallClockMs - wallClockMs;
        break;
      case 'pong':
        // What was long under way says too little: the quickest word of a connection counts.
        this.#aheadMs = Math.max(this.#aheadMs, frame.wallClockMs - wallClockMs);
        break;
      case 'plan':
      case 'snapshot':
      case 'changes':
        this.#observe(frame);
        break;
      default:
        return;
    }
    this.#clock.observe(hlcText(wallClockMs + this.#aheadMs, 0, 'gateway'));
  }

  #observe({ type, hlc }: Extract<GatewayFrame, { type: 'plan' | 'snapshot' | 'changes' }>): void {
    if (hlc !== undefined) this.#clock.observe(hlc);
    else if (this.#version >= STAMPED_VERSION)
      throw new SyncError('FRAME_MALFORMED', `A frame '${type}' came without the newest stamp of what it brings.`);
  }
}
