import { defineCliCommand, EXIT_DONE, EXIT_FAULT } from '../frame.ts';
import { databaseOptions } from '../options.ts';
import { checkSettingGroups } from '../setting-groups.ts';

export const check = defineCliCommand({
  summary: 'Checks the settings and the database connection.',
  description:
    'Says of each group of settings whether it is complete, partly filled in or unused; then connects and says what server it is and what it holds. No secret is printed.',
  examples: [
    ['zava check', 'looks at everything'],
    ['zava check --json', 'the same for a program'],
  ],
  options: databaseOptions,
  async run(_input, context) {
    const { colors, loaded } = context;
    const groups = checkSettingGroups(loaded.settings, loaded.sources);
    const lines = [
      loaded.hasEnvFile
        ? 'Settings: .env and the environment.'
        : 'Settings: the environment (there is no .env; .env.sample shows what it may hold).',
    ];
    for (const { group, state, says } of groups) {
      const mark =
        state === 'incomplete' ? colors.red('✗') : state === 'complete' ? colors.green('✓') : colors.dim('–');
      lines.push(`  ${mark} ${group}: ${says}`);
    }
    const { connectionOrFault } = await import('../connection-check.ts');
    const connection = await connectionOrFault(context);
    if (connection.ok) {
      const { address, server, version, isReplicaSet, database, documents } = connection;
      const total = Object.values(documents).reduce((sum, count) => sum + count, 0);
      lines.push(
        `  ${colors.green('✓')} Connection: ${address}`,
        `      ${server === 'given' ? `MongoDB ${version}` : `the embedded server (speaks as MongoDB ${version})`}, ${isReplicaSet ? 'a replica set' : 'standing alone: no change streams'}; database "${database}": ${total === 0 ? 'empty' : `${total.toLocaleString('en-US')} documents`}`,
      );
    } else {
      lines.push(
        `  ${colors.red('✗')} Connection: ${connection.message}`,
        `      ${colors.bold('What to do:')} ${connection.fix}`,
      );
    }
    const isGood = connection.ok && groups.every(({ state }) => state !== 'incomplete');
    lines.push(isGood ? 'All is well.' : 'Something is missing: see above.');
    return {
      result: { ok: isGood, settings: groups, connection },
      text: lines.join('\n'),
      exitCode: isGood ? EXIT_DONE : EXIT_FAULT,
    };
  },
});
