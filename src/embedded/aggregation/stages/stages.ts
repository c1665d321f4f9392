import { group } from './group.ts';
import { lookup } from './lookup.ts';
import { match } from './match.ts';
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

/** Every pipeline stage by name. */
export const stageDefinitions: Readonly<Record<string, StageDefinition>> = {
  $addFields: addFields,
  $count: count,
  $documents: documents,
  $group: group,
  $limit: limit,
  $lookup: lookup,
  $match: match,
  $project: project,
  $redact: redact,
  $replaceRoot: replaceRoot,
  $replaceWith: replaceWith,
  $sample: sample,
  $set: addFields,
  $skip: skip,
  $sort: sort,
  $sortByCount: sortByCount,
  $unset: unset,
  $unwind: unwind,
};
