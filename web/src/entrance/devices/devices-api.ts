import { useEffect, useSyncExternalStore } from 'react';
import type { CompanyDevice } from '../../../../src/headquarters/api.ts';
import { type EventStream, followEvents } from '../../shared/event-stream.ts';
import { postJson } from '../../shared/http.ts';

/** Null until headquarters has answered once. */
type Devices = readonly CompanyDevice[] | null;

let devices: Devices = null;
let stream: EventStream | null = null;
let followers = 0;
const listeners = new Set<() => void>();

function set(next: Devices): void {
  devices = next;
  for (const hear of listeners) hear();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** The company's devices, as they change; one stream for the whole page. */
export function useDevices(): Devices {
  useEffect(() => {
    followers += 1;
    stream ??= followEvents(
      '/api/devices/events',
      { devices: (data) => set((data as { devices: readonly CompanyDevice[] }).devices) },
      () => undefined,
    );
    return () => {
      followers -= 1;
      if (followers > 0) return;
      stream?.close();
      stream = null;
    };
  }, []);
  return useSyncExternalStore(subscribe, () => devices);
}

/** Really cuts the device's network, or lets it be again. Throws ProblemError. */
export const setOnline = (id: string, online: boolean): Promise<unknown> => tell(id, 'network', { online });
/** Revokes the device's access at headquarters, or gives it back. Throws ProblemError. */
export const setAllowed = (id: string, allowed: boolean): Promise<unknown> => tell(id, 'access', { allowed });
export const restartDevice = (id: string): Promise<unknown> => tell(id, 'restart', {});

const tell = (id: string, what: string, body: unknown) =>
  postJson(`/api/devices/${encodeURIComponent(id)}/${what}`, body);
