import { z } from 'zod';
import * as inputs from './inputs.ts';
import { defineRetailOperation, set } from './operation.ts';

export const acknowledgeAlert = defineRetailOperation({
  name: 'acknowledge_alert',
  summary: 'Says that somebody is looking after an alert.',
  writes: ['alerts'],
  input: z.strictObject({ alert_id: inputs.id }),
  async plan({ alert_id }, { reader }) {
    const alert = await reader.alert(alert_id);
    if (alert === undefined) return { outcome: 'unknown_alert' as const, alert_id };
    if (alert.state !== 'open') return { outcome: 'not_open' as const, status: alert.state };
    return {
      outcome: 'done' as const,
      drafts: [set('alerts', alert, { state: 'acknowledged' })],
      facts: { alert_id },
    };
  },
});
