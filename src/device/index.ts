export type { DeviceState, MeaningAnswer } from './api.ts';
export { type CollectionChecksum, Device, type DeviceOptions } from './device.ts';
export { deviceIdFromName } from './device-files.ts';
export { DeviceError, deviceErrors } from './errors.ts';
export { type DeviceServer, serveDevice } from './http-server.ts';
export type { ScopeSettings } from './scope-settings.ts';
