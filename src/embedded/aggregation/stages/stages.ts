import { bucket, bucketAuto } from './bucket.ts';
import { facet, graphLookup, unionWith } from './compose.ts';
import { densify, fill } from './gaps.ts';
import { group } from './group.ts';
import { lookup } from './lookup.ts';
import { match } from './match.ts';
import { merge, out } from './output.ts';
import { changeStreamSplitLargeEvent, serverStages } from './server.ts';
import {
  addFields,
  count,
  documents,
  limit,
  project,
  redact,
  replaceRoot,
  replaceWith,
  sample,
  skip,
  sortByCount,
  unset,
  unwind,
} from './simple.ts';
import { sort } from './sort.ts';
import type { StageDefinition } from './stage.ts';
import { vectorSearch } from './vector-search.ts';
import { setWindowFields } from './window.ts';

/** Every pipeline stage by name. */
export const stageDefinitions: Readonly<Record<string, StageDefinition>> = {
  ...serverStages,
  $addFields: addFields,
  $bucket: bucket,
  $bucketAuto: bucketAuto,
  $changeStreamSplitLargeEvent: changeStreamSplitLargeEvent,
  $count: count,
  $densify: densify,
  $documents: documents,
  $facet: facet,
  $fill: fill,
  $graphLookup: graphLookup,
  $group: group,
  $limit: limit,
  $lookup: lookup,
  $match: match,
  $merge: merge,
  $out: out,
  $project: project,
  $redact: redact,
  $replaceRoot: replaceRoot,
  $replaceWith: replaceWith,
  $sample: sample,
  $set: addFields,
  $setWindowFields: setWindowFields,
  $skip: skip,
  $sort: sort,
  $sortByCount: sortByCount,
  $unionWith: unionWith,
  $unset: unset,
  $unwind: unwind,
  $vectorSearch: vectorSearch,
};
