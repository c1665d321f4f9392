/** Read and write concerns, accepted or refused as by a replica set of one member. */

import type { BsonValue, Document } from '../bson/values.ts';
import { Timestamp } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { isDocument, numberOf, typeName } from './arguments.ts';
import type { Command } from './command.ts';
import type { CommonArguments } from './common-arguments.ts';

const LEVELS: readonly string[] = ['local', 'available', 'majority', 'linearizable', 'snapshot'];
/** Reads that can see a past moment. */
const SNAPSHOT_READS = new Set(['aggregate', 'distinct', 'find', 'getMore']);
/** The writes that may be sent again under one transaction number. */
export const WRITES: ReadonlySet<string> = new Set(['insert', 'update', 'delete', 'findAndModify', 'bulkWrite']);
/** Commands whose answers a read concern can change. The others take 'local' only. */
const READS = new Set(['aggregate', 'count', 'distinct', 'explain', 'find', 'getMore']);
const WITHOUT_WRITE_CONCERN = new Set([
  'count',
  'distinct',
  'find',
  'getMore',
  'listCollections',
  'listDatabases',
  'listIndexes',
]);
const READ_CONCERN_FIELDS = new Set(['level', 'afterClusterTime', 'atClusterTime', 'afterOpTime', 'provenance']);
const WRITE_CONCERN_FIELDS = new Set(['w', 'j', 'fsync', 'wtimeout', 'getLastError', 'provenance']);
const TRANSACTION_LEVELS: readonly unknown[] = [undefined, 'local', 'majority', 'snapshot'];
const MEMBERS_MAX = 50;

/** The past moment that the command asks to read, if it does; 'now' pins the present one. */
export function snapshotTimeOf(
  command: Command,
  common: CommonArguments,
  inTransaction: boolean,
): Timestamp | 'now' | null {
  const { readConcern } = common;
  if (readConcern === undefined) return null;
  const { level, atClusterTime, afterClusterTime } = readConcern;
  const strange = Object.keys(readConcern).find((name) => !READ_CONCERN_FIELDS.has(name));
  if (strange !== undefined) {
    throw new MongoError('IDLUnknownField', `BSON field 'readConcern.${strange}' is an unknown field.`);
  }
  if (level !== undefined && typeof level !== 'string') {
    throw new MongoError(
      'TypeMismatch',
      `BSON field 'readConcern.level' is the wrong type '${typeName(level)}', expected type 'string'`,
    );
  }
  if (level !== undefined && !LEVELS.includes(level)) {
    throw new MongoError(
      'BadValue',
      `Enumeration value '${level}' for field 'readConcern.level' is not a valid value.`,
    );
  }
  for (const [name, time] of Object.entries({ atClusterTime, afterClusterTime })) {
    if (time !== undefined && !(time instanceof Timestamp)) {
      throw new MongoError(
        'TypeMismatch',
        `BSON field 'readConcern.${name}' is the wrong type '${typeName(time)}', expected type 'timestamp'`,
      );
    }
  }
  if (atClusterTime !== undefined && afterClusterTime !== undefined) {
    throw new MongoError('InvalidOptions', 'Specifying both atClusterTime and afterClusterTime is not allowed');
  }
  if (afterClusterTime !== undefined && (level === 'linearizable' || level === 'available')) {
    throw new MongoError(
      'InvalidOptions',
      'afterClusterTime field can be set only if level is equal to majority, local, or snapshot',
    );
  }
  if (!READS.has(command.name) && level !== undefined && level !== 'local' && !inTransaction) {
    throw new MongoError(
      'InvalidOptions',
      `Command ${command.name} does not support { readConcern: { level: "${level}" } }`,
    );
  }
  if (level !== 'snapshot') {
    if (atClusterTime !== undefined)
      throw new MongoError('InvalidOptions', 'readConcern atClusterTime is only allowed with level snapshot');
    return null;
  }
  if (inTransaction) return null;
  if (!SNAPSHOT_READS.has(command.name)) {
    throw new MongoError(
      'InvalidOptions',
      `Command ${command.name} does not support { readConcern: { level: "snapshot" } }`,
    );
  }
  return atClusterTime instanceof Timestamp ? atClusterTime : 'now';
}

export function assertReadConcernInTransaction({ readConcern }: CommonArguments): void {
  if (readConcern !== undefined && !TRANSACTION_LEVELS.includes(readConcern['level'])) {
    throw new MongoError(
      'InvalidOptions',
      "The readConcern level must be either 'local' (default), 'majority' or 'snapshot' in order to run in a transaction",
    );
  }
}

/** A transaction reads the present: a moment that later writes have overtaken cannot be had any more. */
export function assertSnapshotIsThere({ readConcern }: CommonArguments, latest: Timestamp): void {
  const at = readConcern?.['atClusterTime'];
  if (at instanceof Timestamp && latest.greaterThan(at)) {
    throw new MongoError(239, `Read timestamp ${at.t}:${at.i} is older than the oldest available timestamp.`);
  }
}

/** A client cannot have seen a time that has not come yet. */
export function assertKnownTime({ readConcern }: CommonArguments, now: Timestamp): void {
  for (const name of ['afterClusterTime', 'atClusterTime']) {
    const time = readConcern?.[name];
    if (time instanceof Timestamp && time.greaterThan(now)) {
      throw new MongoError(
        'InvalidOptions',
        `readConcern ${name} value must not be greater than the current clusterTime. Requested clusterTime: { ts: Timestamp(${time.t}, ${time.i}) }; current clusterTime: { ts: Timestamp(${now.t}, ${now.i}) }`,
      );
    }
  }
}

/** What a reply says of a write concern that one member cannot meet. The write itself has happened. */
export function writeConcernError(writeConcern: Document | undefined): Document | null {
  const w = writeConcern?.['w'] as BsonValue | undefined;
  if (w === undefined || w === 'majority') return null;
  if (typeof w === 'string') {
    return failed(
      79,
      'UnknownReplWriteConcern',
      `No write concern mode named '${w}' found in replica set configuration`,
      writeConcern,
    );
  }
  const members = numberOf(w) ?? 1;
  if (members <= 1) return null;
  return failed(100, 'UnsatisfiableWriteConcern', 'Not enough data-bearing nodes', writeConcern);
}

export function assertWriteConcern(command: Command, writeConcern: Document | undefined, body: Document): void {
  if (writeConcern === undefined) return;
  if (WITHOUT_WRITE_CONCERN.has(command.name) || (command.name === 'aggregate' && !hasOutput(body['pipeline']))) {
    throw new MongoError('InvalidOptions', `Command ${command.name} does not support writeConcern`);
  }
  for (const name of Object.keys(writeConcern)) {
    if (!WRITE_CONCERN_FIELDS.has(name)) {
      throw new MongoError('IDLUnknownField', `BSON field 'writeConcern.${name}' is an unknown field.`);
    }
  }
  const { w } = writeConcern;
  if (w === undefined || typeof w === 'string' || isDocument(w)) return;
  const members = numberOf(w);
  if (members === undefined) {
    throw new MongoError('FailedToParse', `w has to be a number, string, or object; found: ${typeName(w)}`);
  }
  if (members < 0 || members > MEMBERS_MAX) {
    throw new MongoError(
      'FailedToParse',
      `w has to be a non-negative number and not greater than ${MEMBERS_MAX}; found: ${members}`,
    );
  }
}

function hasOutput(pipeline: BsonValue | undefined): boolean {
  const last = Array.isArray(pipeline) ? pipeline.at(-1) : undefined;
  return isDocument(last) && (last['$out'] !== undefined || last['$merge'] !== undefined);
}

function failed(code: number, codeName: string, errmsg: string, writeConcern: Document | undefined): Document {
  return {
    code,
    codeName,
    errmsg,
    errInfo: { writeConcern: { ...writeConcern, provenance: 'clientSupplied' } },
  };
}
