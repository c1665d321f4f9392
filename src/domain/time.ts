/** An instant as the data set writes it: UTC, whole seconds, `2024-12-30T14:05:09Z`. Compares as text. */
export type IsoTime = string;

export const ISO_TIME_PATTERN = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;

export const isoTimeFromSeconds = (epochSeconds: number): IsoTime =>
  `${new Date(epochSeconds * 1000).toISOString().slice(0, 19)}Z`;

export const secondsFromIsoTime = (time: IsoTime): number => Date.parse(time) / 1000;

/** Whether a value is such a text and names a real instant (no 31 February). */
export function isIsoTime(value: unknown): value is IsoTime {
  if (typeof value !== 'string' || !ISO_TIME_PATTERN.test(value)) return false;
  const milliseconds = Date.parse(value);
  return !Number.isNaN(milliseconds) && new Date(milliseconds).toISOString().startsWith(value.slice(0, 19));
}
