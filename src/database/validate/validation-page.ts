import { collectionNames, describeCollection } from '../../domain/index.ts';
import { type Check, checks } from './checks.ts';
import { scoreWeights } from './score.ts';
import { standardQueries } from './standard-queries.ts';

/** `docs/validation.md`, made from the tables that validation itself works with. */
export function validationPage(): string {
  const ofCollection = (name: Check['collection']) => checks.filter(({ collection }) => collection === name);
  const queries = standardQueries({ storeId: '', customerId: '', productId: '', orderId: '', since: '' });
  return `# Validation

\`zava validate\` reads every document of the nine collections and of the four of daily work once, and holds it against
the ${checks.length} checks below. It changes nothing. Its exit code is 0 when every check passes and 1 when one fails.

- \`--json\` prints the report for a program, \`--html FILE\` writes it as a page that needs no network.
- \`--in-use\`: stores have worked with the data since it was generated. Then what is marked *after generation* is not
  judged, and there may be more documents than at first.

Failures are counted exactly; of each check the first ten are named, with what was found and what was expected. A value
that can't be read is one finding (\`types\`, \`money\`, \`times\` …); what would be computed from it is not judged, so that
one fault does not look like five.

## The score

For each collection: the documents without a failing check, as a share of those that are there or of those that the
manifest expects, whichever is more. The score is the mean of these shares, weighted by how much work hangs on a
collection, times 100, rounded down to two decimals; it is at most 99.99 where any check fails, so that 100 means that
nothing was found. Empty collections of daily work don't count. Indexes and change streams are not in it: it is about the
data.

| collection | weight |
|---|---:|
${collectionNames.map((name) => `| ${name} | ${scoreWeights[name]} |`).join('\n')}

${collectionNames.map((name) => section(name, describeCollection(name).summary, ofCollection(name))).join('\n')}
${section('database', 'The database around the documents.', ofCollection('database'))}
## The standard queries

\`database.index_use\` asks the server to explain these, and expects one of the indexes named here.

| question | collection | index |
|---|---|---|
${queries.map(({ name, collection, indexes }) => `| ${name} | ${collection} | ${indexes.join(' or ')} |`).join('\n')}
`;
}

const section = (name: string, summary: string, own: readonly Check[]) => `## ${name}

${summary}

| check | promise |
|---|---|
${own.map((check) => `| \`${check.id}\` | ${check.promise}${check.severity === 'warning' ? ' (Warning.)' : ''}${check.stage === 'generated' && !/^After generation/.test(check.promise) ? ' (After generation.)' : ''} |`).join('\n')}
`;
