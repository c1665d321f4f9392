import { Long, Timestamp } from 'mongodb';

/** A cluster time as text of hexadecimal digits, which sorts. */
export const timeText = (time: Timestamp): string => time.toBigInt().toString(16).padStart(16, '0');

export const timestampOf = (time: string): Timestamp => new Timestamp(Long.fromBigInt(BigInt(`0x${time}`), true));
