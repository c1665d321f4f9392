/** What headquarters sees of the devices, written for all of a gateway's at once. */
import type { Db } from 'mongodb';
import { type DeviceRecord, syncCollections } from './collections.ts';

export type DeviceReport = Omit<DeviceRecord, 'last_hlc' | 'revoked_at' | 'revoked_because'>;

export async function writeDeviceReports(db: Db, reports: readonly DeviceReport[]): Promise<void> {
  if (reports.length === 0) return;
  const writes = reports.map(({ _id, ...report }) => ({
    updateOne: { filter: { _id }, update: { $set: report }, upsert: true },
  }));
  await syncCollections(db).devices.bulkWrite(writes, { ordered: false });
}
