/** What headquarters sees of the devices and the gateways, written for all devices of a gateway at once. */
import type { Db } from 'mongodb';
import { type DeviceRecord, type GatewayRecord, syncCollections } from './collections.ts';

export type DeviceReport = Omit<DeviceRecord, 'last_hlc' | 'revoked_at' | 'revoked_because'>;

/** A connection that is over: which one it was, since the device may have come back meanwhile. */
export type Departure = Pick<DeviceReport, '_id' | 'gateway_id' | 'connected_at' | 'last_seen' | 'confirmed_time'>;

export async function writeDeviceReports(
  db: Db,
  reports: readonly DeviceReport[],
  departures: readonly Departure[] = [],
): Promise<void> {
  const writes = [
    ...reports.map(({ _id, ...report }) => ({
      updateOne: { filter: { _id }, update: { $set: report }, upsert: true },
    })),
    ...departures.map(({ _id, gateway_id, connected_at, last_seen, confirmed_time }) => ({
      updateOne: {
        filter: { _id, gateway_id, connected_at },
        update: { $set: { gateway_id: null, last_seen, confirmed_time } },
      },
    })),
  ];
  if (writes.length === 0) return;
  await syncCollections(db).devices.bulkWrite(writes, { ordered: false });
}

/** By this headquarters knows that the gateway lives, and with it all devices that it holds. */
export async function writeGatewayReport(db: Db, { _id, ...report }: GatewayRecord): Promise<void> {
  await syncCollections(db).gateways.updateOne({ _id }, { $set: report }, { upsert: true });
}

export async function removeGatewayReport(db: Db, gatewayId: string): Promise<void> {
  await syncCollections(db).gateways.deleteOne({ _id: gatewayId });
}
