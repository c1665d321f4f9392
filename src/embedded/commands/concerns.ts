/** Read and write concerns, accepted or refused as by a replica set of one member. */

import type { BsonValue, Document } from '../bson/values.ts';
import { Timestamp } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { numberOf, typeName } from './arguments.ts';
import type { Command } from './command.ts';
import type { CommonArguments } from './common-arguments.ts';

const LEVELS: readonly string[] = ['local', 'available', 'majority', 'linearizable', 'snapshot'];
/** Reads that can see a past moment. */
const SNAPSHOT_READS = new Set(['aggregate', 'distinct', 'find', 'getMore']);
const WRITES = new Set(['insert', 'update', 'delete', 'findAndModify', 'bulkWrite']);
const MEMBERS_MAX = 50;

/** The past moment that the command asks to read, if it does; 'now' pins the present one. */
export function snapshotTimeOf(
  command: Command,
  common: CommonArguments,
  inTransaction: boolean,
): Timestamp | 'now' | null {
  const { readConcern } = common;
  if (readConcern === undefined) return null;
  const { level, atClusterTime } = readConcern;
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
  if (WRITES.has(command.name) && level !== undefined && level !== 'local' && !inTransaction) {
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

export function assertWriteConcern(writeConcern: Document | undefined): void {
  const w = numberOf(writeConcern?.['w'] as BsonValue | undefined);
  if (w !== undefined && (w < 0 || w > MEMBERS_MAX)) {
    throw new MongoError(
      'FailedToParse',
      `w has to be a non-negative number and not greater than ${MEMBERS_MAX}; found: ${w}`,
    );
  }
}

function failed(code: number, codeName: string, errmsg: string, writeConcern: Document | undefined): Document {
  return {
    code,
    codeName,
    errmsg,
    errInfo: { writeConcern: { ...writeConcern, provenance: 'clientSupplied' } },
  };
}
