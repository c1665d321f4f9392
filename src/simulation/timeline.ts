/** What happened, for a person to follow. */
import type { DeviceFrame, GatewayFrame } from '../sync/index.ts';

export interface TimelineEntry {
  readonly step: number | 'start' | 'healing';
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
  /** Traffic that goes as it should; left out where only the story is wanted. */
  readonly isTraffic: boolean;
}

export function describeFrame(frame: DeviceFrame | GatewayFrame): string {
  switch (frame.type) {
    case 'subscribe':
      return `subscribe ${frame.subscriptions.length} from ${shortTime(frame.position?.time)}`;
    case 'resume':
      return `resume from ${shortTime(frame.position.time)}`;
    case 'upload':
      return `upload ${frame.operations.map((each) => (each as { action?: string }).action ?? '?').join(', ')}`;
    case 'plan':
      return `plan from ${shortTime(frame.position?.time)}: ${Object.entries(frame.collections ?? {})
        .map(([collection, { way }]) => `${collection} ${way}`)
        .join(', ')}`;
    case 'snapshot':
      return `snapshot ${frame.collection} ${frame.documents.length}${frame.isLast ? ', the last' : ''}`;
    case 'changes':
      return `changes +${frame.upserts.length} −${frame.removals.length}${frame.isCheckpoint ? `, checkpoint ${shortTime(frame.position.time)}` : ''}`;
    case 'compare':
      return `compare ${frame.collection}${frame.buckets === null ? '' : `, ${frame.buckets.length} buckets differ`}`;
    case 'results':
      return `results ${frame.results
        .map((result) => `#${result.sequence} ${result.outcome === 'rejected' ? result.reason : result.outcome}`)
        .join(', ')}`;
    case 'goodbye':
      return `goodbye ${frame.code}`;
    case 'checksums':
    case 'contents':
    case 'compared':
      return `${frame.type} ${frame.collection}`;
    default:
      return frame.type;
  }
}

const shortTime = (time: string | undefined): string =>
  time === undefined ? 'nothing' : String(Number.parseInt(time, 16));

/** As text, one line each; traffic only where it is asked for. */
export function timelineText(entries: readonly TimelineEntry[], withTraffic: boolean): string {
  const shown = entries.filter(({ isTraffic }) => withTraffic || !isTraffic);
  const whoWidth = Math.max(0, ...shown.map(({ who }) => who.length));
  const firstMs = entries[0]?.atMs ?? 0;
  return shown
    .map(({ step, atMs, who, what }) => {
      const seconds = ((atMs - firstMs) / 1000).toFixed(1).padStart(7);
      return `${seconds} s  ${String(step).padStart(7)}  ${who.padEnd(whoWidth)}  ${what}`;
    })
    .join('\n');
}
