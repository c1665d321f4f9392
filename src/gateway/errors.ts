import { defineErrors, type ErrorTable } from '../domain/index.ts';

export const gatewayErrors = {
  ACCESS_REFUSED: { fix: 'Give the device a new token: `zava token issue --device NAME --role ROLE --store STORE`.' },
  SIGNING_KEY_DAMAGED: {
    fix: 'Put the file back from a copy, or delete it and make new tokens: every token that it signed is void then.',
  },
  CONNECTOR_INVALID: { fix: 'Correct config/ditto_connector_config.yaml at the place that the message names.' },
  PERMISSIONS_INVALID: { fix: 'Correct config/ditto_permissions.json at the place that the message names.' },
} as const satisfies ErrorTable;

export class GatewayError extends defineErrors('GatewayError', gatewayErrors) {}
