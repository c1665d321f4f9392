import { BREATHE } from '../../breathe.ts';
import { add, integer, multiply, toDouble, wholeNumberOf } from '../../bson/arithmetic.ts';
import type { BsonValue, Document } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import { MemoryMeter } from '../../spill/work-space.ts';
import { describeValue, typeName } from '../describe.ts';
import { isDocument, isNullish, readPath } from '../documents.ts';
import { addUnits, parseUnit, type TimeUnit } from '../expressions/date.ts';
import { parsePath } from '../expressions/field-path.ts';
import { isNumber } from '../expressions/numbers.ts';
import { utcZone } from '../expressions/time-zone.ts';
import { addFields, withPath } from './simple.ts';
import { PACE, type StageDefinition, union } from './stage.ts';
import { compileWindow } from './window.ts';

const DENSIFIED_DOCUMENTS_MAX = 500_000;

export const densify: StageDefinition = {
  summary: 'Adds documents where a sequence of numbers or dates has gaps. Blocking.',
  compile(argument, context) {
    if (!isDocument(argument)) {
      throw new MongoError(5733000, `The $densify stage specification must be an object, found ${typeName(argument)}`);
    }
    for (const key of Object.keys(argument)) {
      if (!['field', 'partitionByFields', 'range'].includes(key)) {
        throw new MongoError('IDLUnknownField', `BSON field '$densify.${key}' is an unknown field.`);
      }
    }
    const { field, partitionByFields = [], range } = argument;
    if (typeof field !== 'string')
      throw new MongoError('IDLFailedToParse', "BSON field '$densify.field' is missing but a required field");
    if (!isDocument(range))
      throw new MongoError('IDLFailedToParse', "BSON field '$densify.range' is missing but a required field");
    if (!Array.isArray(partitionByFields) || !partitionByFields.every((name) => typeof name === 'string')) {
      throw new MongoError('TypeMismatch', "BSON field '$densify.partitionByFields' must be an array of strings");
    }
    const names = parsePath(field);
    const partitionNames = (partitionByFields as string[]).map(parsePath);
    const { step, bounds, unit: unitText } = range;
    if (!isNumber(step) || toDouble(step) <= 0)
      throw new MongoError(
        5733401,
        'The step parameter in a range statement must be a strictly positive numeric value',
      );
    if (unitText !== undefined && typeof unitText !== 'string')
      throw new MongoError('TypeMismatch', "'unit' must be a string");
    const unit = unitText === undefined ? undefined : parseUnit(unitText);
    if (unit !== undefined && wholeNumberOf(step) === null) {
      throw new MongoError(
        6586400,
        'The step parameter in a range statement must be a whole number when densifying a date range',
      );
    }
    if (bounds !== 'full' && bounds !== 'partition' && !(Array.isArray(bounds) && bounds.length === 2)) {
      throw new MongoError(
        5946802,
        `Bounds string must either be 'full' or 'partition', or an array of two values; found ${describeValue(bounds)}`,
      );
    }
    if (bounds === 'partition' && partitionNames.length === 0) {
      throw new MongoError(
        5733408,
        "One may not specify the bounds as 'partition' without specifying a non-empty array of partitionByFields. You may have meant to specify 'full' bounds.",
      );
    }
    const edges = Array.isArray(bounds) ? bounds : undefined;
    if (edges !== undefined) {
      for (const edge of edges) checkKind(edge, unit);
      if (context.scope.compare(edges[0], edges[1]) > 0) {
        throw new MongoError(5946801, 'The lower bound must not exceed the upper bound');
      }
    }
    const { compare, keyOf } = context.scope;
    const next = (value: BsonValue, count: number): BsonValue =>
      unit === undefined
        ? multipleStep(value as number, step, count)
        : addUnits((value as Date).getTime(), unit, wholeNumberOf(step)! * BigInt(count), utcZone);
    return {
      blocking: true,
      needs: (after) => union(after, [names[0]!, ...partitionNames.map((path) => path[0]!)]),
      *run(input) {
        const memory = new MemoryMeter('$densify', context.work, 'internalDocumentSourceDensifyMaxMemoryBytes');
        const partitions = new Map<
          string,
          { template: Document; documents: { value: BsonValue; document: Document }[] }
        >();
        const outside: Document[] = [];
        let least: BsonValue | undefined;
        let greatest: BsonValue | undefined;
        let seen = 0;
        for (const document of input) {
          if (document === BREATHE) {
            yield BREATHE;
            continue;
          }
          memory.add(document);
          memory.assertRoom();
          if ((++seen & PACE) === 0 && context.due()) yield BREATHE;
          const value = readPath(document, names);
          if (isNullish(value)) {
            outside.push(document);
            continue;
          }
          checkKind(value!, unit);
          if (least === undefined || compare(value, least) < 0) least = value;
          if (greatest === undefined || compare(value, greatest) > 0) greatest = value;
          let key = '';
          let template: Document = {};
          for (const path of partitionNames) {
            const part = readPath(document, path);
            key += `${keyOf(part)}\0`;
            if (part !== undefined) template = withPath(template, path, 0, part);
          }
          const found = partitions.get(key);
          if (found === undefined) partitions.set(key, { template, documents: [{ value: value!, document }] });
          else found.documents.push({ value: value!, document });
        }
        if (partitions.size === 0 && edges !== undefined && partitionNames.length === 0) {
          partitions.set('', { template: {}, documents: [] });
        }
        yield* outside;
        let made = 0;
        for (const { template, documents } of partitions.values()) {
          documents.sort((left, right) => compare(left.value, right.value));
          const low = edges?.[0] ?? (bounds === 'full' ? least! : documents[0]!.value);
          // A bound that was written is exclusive at the end; the greatest value that was found is there already.
          const high = edges?.[1] ?? (bounds === 'full' ? greatest! : documents.at(-1)!.value);
          let count = 0;
          let wanted = low;
          for (const { value, document } of documents) {
            while (compare(wanted, value) < 0 && compare(wanted, high) < 0) {
              yield gap(wanted);
              wanted = next(low, ++count);
              if ((count & PACE) === 0 && context.due()) yield BREATHE;
            }
            if (compare(wanted, value) === 0) wanted = next(low, ++count);
            yield document;
            if ((++seen & PACE) === 0 && context.due()) yield BREATHE;
          }
          const inclusive = edges === undefined && bounds === 'full';
          while (inclusive ? compare(wanted, high) <= 0 : compare(wanted, high) < 0) {
            yield gap(wanted);
            wanted = next(low, ++count);
            if ((count & PACE) === 0 && context.due()) yield BREATHE;
          }
          function gap(value: BsonValue): Document {
            if (++made > DENSIFIED_DOCUMENTS_MAX) {
              throw new MongoError(
                5897900,
                `Generated ${made} documents in $densify, which is over the limit of ${DENSIFIED_DOCUMENTS_MAX}`,
              );
            }
            return withPath(template, names, 0, value);
          }
        }
      },
    };
  },
};

function multipleStep(start: number, step: BsonValue, count: number): BsonValue {
  // Counted from the start, so that fractions don't add up their errors.
  if (typeof step === 'number' && typeof start === 'number' && !Number.isInteger(step)) return start + step * count;
  return add(start, multiply(step as number, integer(count)));
}

function checkKind(value: BsonValue, unit: TimeUnit | undefined): void {
  if (unit === undefined && !isNumber(value)) {
    throw new MongoError(
      5733201,
      `Densify field type must be numeric, but found ${typeName(value)}. Give a 'unit' to densify dates.`,
    );
  }
  if (unit !== undefined && !(value instanceof Date)) {
    throw new MongoError(
      5733201,
      `Densify field type must be a date when 'unit' is specified, but found ${typeName(value)}`,
    );
  }
}

export const fill: StageDefinition = {
  summary:
    'Fills null and missing fields: with a value, the last known one, or along a line. Blocking where it needs order.',
  compile(argument, context) {
    if (!isDocument(argument)) {
      throw new MongoError(
        'FailedToParse',
        `The $fill stage specification must be an object, found ${typeName(argument)}`,
      );
    }
    for (const key of Object.keys(argument)) {
      if (!['partitionBy', 'partitionByFields', 'sortBy', 'output'].includes(key)) {
        throw new MongoError('IDLUnknownField', `BSON field '$fill.${key}' is an unknown field.`);
      }
    }
    const { partitionBy, partitionByFields, sortBy, output } = argument;
    if (!isDocument(output))
      throw new MongoError('IDLFailedToParse', "BSON field '$fill.output' is missing but a required field");
    if (Object.keys(output).length === 0) throw new MongoError(6050203, 'You must specify at least one field to fill');
    if (partitionBy !== undefined && partitionByFields !== undefined) {
      throw new MongoError(6050204, "Maximum one of 'partitionBy' and 'partitionByFields' can be specified in '$fill'");
    }
    if (sortBy !== undefined && !isDocument(sortBy))
      throw new MongoError('TypeMismatch', "BSON field '$fill.sortBy' is the wrong type, expected type 'object'");
    const windowed: Document = {};
    const values: Document = {};
    for (const path of Object.keys(output)) {
      const spec = output[path];
      if (!isDocument(spec) || Object.keys(spec).length !== 1) {
        throw new MongoError(6050200, `Maximum one of 'value' and 'method' can be specified for field '${path}'`);
      }
      if (spec.value !== undefined) values[path] = { $ifNull: [`$${path}`, spec.value] };
      else if (spec.method === 'locf' || spec.method === 'linear') {
        if (sortBy === undefined)
          throw new MongoError(
            spec.method === 'linear' ? 605001 : 6050202,
            `'sortBy' is required for method '${spec.method}'`,
          );
        windowed[path] = { [spec.method === 'locf' ? '$locf' : '$linearFill']: `$${path}` };
      } else throw new MongoError(6050202, `Method must be either locf or linear, found ${describeValue(spec.method)}`);
    }
    const added = Object.keys(values).length === 0 ? undefined : addFields.compile(values, context, '$fill');
    if (Object.keys(windowed).length === 0) return { ...added!, name: '$fill' };
    const window = compileWindow(partitionKey(partitionBy, partitionByFields), sortBy, windowed, context);
    if (added === undefined) return window;
    return {
      blocking: true,
      needs: (after) => window.needs(added.needs(after)),
      run: (input) => added.run(window.run(input)),
    };
  },
};

function partitionKey(by: BsonValue | undefined, fields: BsonValue | undefined): BsonValue | undefined {
  if (fields === undefined) return by;
  if (!Array.isArray(fields) || !fields.every((field) => typeof field === 'string')) {
    throw new MongoError('TypeMismatch', "BSON field '$fill.partitionByFields' must be an array of strings");
  }
  if (fields.length === 0) return undefined;
  // Positions for names: a path has dots, which a field of an expression may not have.
  return Object.fromEntries((fields as string[]).map((path, index) => [`field${index}`, `$${path}`]));
}
