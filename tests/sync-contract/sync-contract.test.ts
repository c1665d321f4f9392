import { describe } from 'vitest';
import { missingCredentials, openCloudSubject } from './cloud-subject.ts';
import { describeSyncContract } from './contract.ts';
import { openGatewaySubject } from './gateway-subject.ts';

describe('by our gateway', () => describeSyncContract(openGatewaySubject, { arrivesMs: 20_000 }));

const missing = missingCredentials();
if (missing.length === 0) {
  describe('by Ditto’s cloud', () => describeSyncContract(openCloudSubject, { arrivesMs: 60_000 }));
} else process.stderr.write(`Not run: the sync contract on Ditto's cloud, for want of ${missing.join(', ')}.\n`);
