/** What may be said, by name; everything else is refused. Left out on purpose is what runs code, depends on the server or guesses. */

/** Operators of expressions whose argument is an expression or a list of them. */
export const PLAIN_OPERATORS: ReadonlySet<string> = new Set([
  ...['$abs', '$add', '$ceil', '$divide', '$exp', '$floor', '$ln', '$log', '$log10', '$mod', '$multiply', '$pow'],
  ...['$round', '$sqrt', '$subtract', '$trunc'],
  ...['$and', '$or', '$not', '$cmp', '$eq', '$ne', '$gt', '$gte', '$lt', '$lte', '$ifNull', '$in'],
  ...['$allElementsTrue', '$anyElementTrue', '$arrayElemAt', '$arrayToObject', '$concatArrays', '$first', '$last'],
  ...['$indexOfArray', '$isArray', '$objectToArray', '$range', '$reverseArray', '$size', '$slice'],
  ...['$setDifference', '$setEquals', '$setIntersection', '$setIsSubset', '$setUnion', '$mergeObjects'],
  ...['$concat', '$indexOfCP', '$split', '$strcasecmp', '$strLenCP', '$substr', '$substrCP', '$toLower', '$toUpper'],
  ...['$isNumber', '$toBool', '$toDate', '$toDecimal', '$toDouble', '$toInt', '$toLong', '$toString', '$type'],
  ...['$avg', '$max', '$min', '$sum', '$stdDevPop', '$stdDevSamp'],
]);

/** Operators of expressions with named arguments, each an expression; what else they take is in {@link SPECIAL_ARGUMENTS}. */
export const NAMED_ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  $convert: ['input', 'to', 'onError', 'onNull'],
  $dateAdd: ['startDate', 'unit', 'amount', 'timezone'],
  $dateDiff: ['startDate', 'endDate', 'unit', 'timezone', 'startOfWeek'],
  $dateFromParts: ['year', 'month', 'day', 'hour', 'minute', 'second', 'millisecond', 'timezone'],
  $dateFromString: ['dateString', 'format', 'timezone', 'onError', 'onNull'],
  $dateSubtract: ['startDate', 'unit', 'amount', 'timezone'],
  $dateToParts: ['date', 'timezone', 'iso8601'],
  $dateToString: ['date', 'format', 'timezone', 'onNull'],
  $dateTrunc: ['date', 'unit', 'binSize', 'timezone', 'startOfWeek'],
  $filter: ['input', 'as', 'cond', 'limit'],
  $firstN: ['input', 'n'],
  $lastN: ['input', 'n'],
  $ltrim: ['input', 'chars'],
  $map: ['input', 'as', 'in'],
  $maxN: ['input', 'n'],
  $median: ['input', 'method'],
  $minN: ['input', 'n'],
  $percentile: ['input', 'p', 'method'],
  $reduce: ['input', 'initialValue', 'in'],
  $regexFind: ['input', 'regex', 'options'],
  $regexFindAll: ['input', 'regex', 'options'],
  $regexMatch: ['input', 'regex', 'options'],
  $replaceAll: ['input', 'find', 'replacement'],
  $replaceOne: ['input', 'find', 'replacement'],
  $rtrim: ['input', 'chars'],
  $sortArray: ['input', 'sortBy'],
  $switch: ['branches', 'default'],
  $trim: ['input', 'chars'],
  $unsetField: ['field', 'input'],
  $setField: ['field', 'input', 'value'],
  $zip: ['inputs', 'useLongestLength', 'defaults'],
};

/** Parts of a date: an expression, or a date and its time zone. */
export const DATE_PARTS: ReadonlySet<string> = new Set([
  ...['$dayOfMonth', '$dayOfWeek', '$dayOfYear', '$hour', '$isoDayOfWeek', '$isoWeek', '$isoWeekYear', '$millisecond'],
  ...['$minute', '$month', '$second', '$week', '$year'],
]);

/** Operators of expressions with a form of their own. */
export const SPECIAL_OPERATORS = ['$cond', '$getField', '$let', '$literal'] as const;

/** Accumulators of `$group`, `$bucket` and windows whose argument is an expression. */
export const ACCUMULATORS: ReadonlySet<string> = new Set([
  ...['$addToSet', '$avg', '$first', '$last', '$max', '$mergeObjects', '$min', '$push', '$stdDevPop', '$stdDevSamp'],
  '$sum',
]);

/** Accumulators with named arguments; `sortBy` is a sort. */
export const NAMED_ACCUMULATORS: Readonly<Record<string, readonly string[]>> = {
  $bottom: ['sortBy', 'output'],
  $bottomN: ['sortBy', 'output', 'n'],
  $firstN: ['input', 'n'],
  $lastN: ['input', 'n'],
  $maxN: ['input', 'n'],
  $median: ['input', 'method'],
  $minN: ['input', 'n'],
  $percentile: ['input', 'p', 'method'],
  $top: ['sortBy', 'output'],
  $topN: ['sortBy', 'output', 'n'],
};

/** What only windows have: without arguments, and with named ones. */
export const WINDOW_RANKS: ReadonlySet<string> = new Set(['$denseRank', '$documentNumber', '$rank']);
export const WINDOW_PLAIN: ReadonlySet<string> = new Set(['$covariancePop', '$covarianceSamp', '$linearFill', '$locf']);
export const WINDOW_NAMED: Readonly<Record<string, readonly string[]>> = {
  $derivative: ['input', 'unit'],
  $expMovingAvg: ['input', 'N', 'alpha'],
  $integral: ['input', 'unit'],
  $shift: ['output', 'by', 'default'],
};

/** Of the server's own variables; `$$REMOVE` leaves a field out. */
export const SERVER_VARIABLES: ReadonlySet<string> = new Set(['CURRENT', 'NOW', 'REMOVE', 'ROOT']);

/** What is refused most often, and what to use. */
export const INSTEAD_OF: Readonly<Record<string, string>> = {
  $accumulator: 'Code is never run; use the accumulators of $group, or $reduce.',
  $currentOp: 'Only the data can be asked for.',
  $densify: 'Fill gaps where the answer is read.',
  $documents: 'Only stored documents can be asked for.',
  $function: 'Code is never run; use $reduce, $map, $filter, $switch.',
  $geoNear: 'Stores have location.latitude and location.longitude as numbers.',
  $graphLookup: 'Nothing in this data leads to itself; use $lookup.',
  $merge: 'Nothing can be written here.',
  $out: 'Nothing can be written here.',
  $redact: 'Use $match, $project or $unset; what you may not see is gone already.',
  $search: 'Use the search tools for words and meaning, or $match with a $regex such as "^Cordless".',
  $text: 'Use the search tools for words and meaning, or $match with a $regex such as "^Cordless".',
  $vectorSearch: 'Use the search tools for words and meaning.',
  $where: 'Code is never run; use $expr.',
};
