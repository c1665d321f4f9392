import path from 'node:path';
import { aborted } from '../aborted.ts';
import { CliError } from '../errors.ts';
import { defineCliCommand } from '../frame.ts';
import { databaseOptions, pathOption, textOption, wholeNumberOption } from '../options.ts';

export const gateway = defineCliCommand({
  summary: 'Runs a sync gateway between the devices and MongoDB until Ctrl-C.',
  description:
    'Devices connect to /sync; /health says how it is. It keeps nothing that MongoDB does not have: run as many as you like, also beside the one inside `zava start`. Those on other machines need the same signing.key in their data directory.',
  examples: [
    ['zava gateway', 'on ws://127.0.0.1:4001/sync, for the database of the settings'],
    ['zava gateway --port 4101', 'another one beside it'],
    ['zava gateway --host 0.0.0.0', 'for devices on other machines; put TLS in front of it'],
  ],
  options: {
    ...databaseOptions,
    port: wholeNumberOption('The port to listen on; 0 takes a free one.', {
      max: 65_535,
      setting: 'ZAVA_GATEWAY_PORT',
    }),
    host: textOption('The address to listen on. Default: 127.0.0.1, this machine alone.', { valueName: 'ADDRESS' }),
    permissions: pathOption('Who may see and write what. Default: config/ditto_permissions.json of the package.'),
  },
  async run({ port, host, permissions }, context) {
    const { settings, signal, announce, note, colors } = context;
    const [{ listen }, { gatewayPartsOf }] = await Promise.all([
      import('../../gateway/index.ts'),
      import('../gateway-parts.ts'),
    ]);
    const permissionsFile = permissions === undefined ? undefined : path.resolve(context.directory, permissions);
    await using opened = await context.openDatabase();
    const parts = await gatewayPartsOf(opened, settings, note, permissionsFile);
    const wanted = port ?? settings.ZAVA_GATEWAY_PORT;
    await using listening = await listen({ ...parts, port: wanted, ...(host === undefined ? {} : { host }) }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EADDRINUSE') throw error;
        throw new CliError('PORT_IN_USE', `Port ${wanted} is already in use.`, {
          cause: error,
          data: { port: wanted },
        });
      },
    );
    const { uri, gateway } = listening;
    await announce({
      result: { uri, gatewayId: gateway.gatewayId, pid: process.pid, database: opened.address },
      text: `The gateway is ready: ${colors.bold(uri)}\n  Database: ${opened.address}. Ctrl-C stops it.`,
    });
    await aborted(signal);
    note('Closing the connections …');
    return undefined;
  },
});
