import { z } from 'zod';
import * as inputs from './inputs.ts';
import { defineRetailOperation, set } from './operation.ts';

export const resolveAlert = defineRetailOperation({
  name: 'resolve_alert',
  summary: 'Closes an alert as settled.',
  writes: ['alerts'],
  input: z.strictObject({ alert_id: inputs.id }),
  async plan({ alert_id }, { reader, at, userId }) {
    const alert = await reader.alert(alert_id);
    if (alert === undefined) return { outcome: 'unknown_alert' as const, alert_id };
    if (alert.state === 'resolved') return { outcome: 'not_open' as const, status: alert.state };
    return {
      outcome: 'done' as const,
      drafts: [set('alerts', alert, { state: 'resolved', resolved_at: at, resolved_by: userId })],
      facts: { alert_id },
    };
  },
});
