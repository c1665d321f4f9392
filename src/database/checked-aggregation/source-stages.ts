/** Checks the stages that hold pipelines or read other collections; what they read carries its scope below the caller's stages. */
import type { Document } from 'mongodb';
import type { CheckStage } from './checked-stage.ts';
import { checkNames, checkVariables } from './expressions.ts';
import { checkFieldName, checkPath, firstName } from './fields.ts';
import { isPlainObject } from './plain-value.ts';
import { inWords, refuse } from './refusal.ts';

export const checkFacet: CheckStage = (value, place, uses, context, checkPipeline) => {
  if (!isPlainObject(value) || Object.keys(value).length === 0)
    refuse({ place, expected: 'names with pipelines', came: inWords(value) });
  if (context.isInFacet) refuse({ place, expected: 'no $facet in a $facet', came: '$facet' });
  uses.whole = true;
  const inner = { ...context, isInFacet: true, depth: context.depth + 1 };
  return Object.fromEntries(
    Object.entries(value).map(([name, pipeline]) => {
      const at = `${place}.${name}`;
      return [checkFieldName(name, at), checkPipeline(pipeline, at, null, inner)];
    }),
  );
};

export const checkLookup: CheckStage = (value, place, uses, context, checkPipeline) => {
  const given = checkNames(value, ['from', 'localField', 'foreignField', 'let', 'pipeline', 'as'], place);
  const scope = context.source(given['from'], `${place}.from`);
  const lookup: Document = { from: scope.collection };
  uses.whole = true;
  if ((given['localField'] === undefined) !== (given['foreignField'] === undefined))
    refuse({ place, expected: 'both localField and foreignField, or neither', came: inWords(given) });
  if (given['localField'] !== undefined) {
    lookup['localField'] = checkPath(given['localField'], `${place}.localField`);
    lookup['foreignField'] = checkPath(given['foreignField'], `${place}.foreignField`);
    // The server joins before the pipeline, and so before hidden fields are gone.
    if (!scope.shows(firstName(lookup['foreignField'])))
      refuse({
        place: `${place}.foreignField`,
        expected: `a field that you see of every document in '${scope.collection}'`,
        came: inWords(given['foreignField']),
        instead: 'Join by an id; or use let and a pipeline with $match and $expr.',
      });
  }
  const names = given['let'] === undefined ? [] : checkVariables(given['let'], `${place}.let`, { ...context, uses });
  if (names.length > 0) lookup['let'] = given['let'];
  const inner = {
    ...context,
    variables: new Set([...context.variables, ...names]),
    isInFacet: false,
    depth: context.depth + 1,
  };
  if (given['pipeline'] === undefined && given['localField'] === undefined)
    refuse({ place, expected: 'localField and foreignField, or a pipeline', came: inWords(given) });
  lookup['pipeline'] = checkPipeline(given['pipeline'] ?? [], `${place}.pipeline`, scope, inner);
  lookup['as'] = checkPath(given['as'], `${place}.as`);
  return lookup;
};

export const checkUnionWith: CheckStage = (value, place, uses, context, checkPipeline) => {
  const { coll, pipeline } = checkNames(
    typeof value === 'string' ? { coll: value } : value,
    ['coll', 'pipeline'],
    place,
  );
  const scope = context.source(coll, `${place}.coll`);
  uses.whole = true;
  const inner = { ...context, isInFacet: false, depth: context.depth + 1 };
  return {
    coll: scope.collection,
    pipeline: checkPipeline(pipeline ?? [], `${place}.pipeline`, scope, inner),
  };
};
