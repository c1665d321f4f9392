import type { TokenFacts } from '../gateway/index.ts';

/** What a token says of itself, in one line. */
export function tokenFactsText({ principal, deviceId, tokenId, expiresMs }: TokenFacts): string {
  const stores = principal.stores === 'all' ? 'all stores' : principal.stores.join(', ');
  const device = deviceId === undefined ? 'any device' : `the device ${deviceId} alone`;
  const until = `${new Date(expiresMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return `${principal.role} of ${stores}, as ${principal.userId}, for ${device}, until ${until}; its id is ${tokenId ?? 'missing'}.`;
}
