import path from 'node:path';
import { ROLES } from '../../domain/index.ts';
import { aborted } from '../aborted.ts';
import { defineCliCommand } from '../frame.ts';
import { flag, listOption, pathOption, required, roleOption, textOption, wholeNumberOption } from '../options.ts';
import { packageFolder } from '../package-file.ts';

/** Where none was named, the first free one of these. */
const PORT_FIRST = 4_100;
const PORTS_TRIED = 50;

export const device = defineCliCommand({
  summary: 'Runs one device of a store until Ctrl-C: its Ditto store, its work, its sync, and the API of its app.',
  description:
    'The device works without a network; what it did goes to headquarters when it can. Its files are in the data directory, by its name: the same name is the same device again. Without ZAVA_DEVICE_TOKEN or --token-file it signs tokens for itself with the key of the data directory.',
  examples: [
    ['zava device --store store_seattle --role worker --name seattle-tablet-1', 'a tablet in Seattle'],
    ['zava device --store store_online --role sales_rep --name desk-1 --port 4110', 'its API on a port of your choice'],
    [
      'zava device --store store_seattle --name till-1 --gateway wss://hq.example.com/sync --token-file till-1.token',
      'a gateway elsewhere',
    ],
  ],
  options: {
    store: required(textOption('The store in which the device is.', { valueName: 'ID' })),
    name: required(textOption('What the device is called; its id follows from it.', { valueName: 'NAME' })),
    role: roleOption(`What its user is: ${ROLES.join(', ')}. Default: worker, or what the token says.`),
    user: textOption('Who works with it, as operations will name them. Default: the name of the device.', {
      valueName: 'NAME',
    }),
    gateway: listOption(
      'The address of a gateway; repeat it for more. Default: ZAVA_GATEWAYS, or those of this machine.',
      { valueName: 'URI' },
    ),
    tokenFile: pathOption('A file with its token, read at every connection.'),
    port: wholeNumberOption(
      `The port of its API; 0 takes a free one. Default: the first free one from ${PORT_FIRST}.`,
      {
        max: 65_535,
      },
    ),
    host: textOption('The address of its API. Default: 127.0.0.1, this machine alone.', { valueName: 'ADDRESS' }),
    permissions: pathOption('Who may see and write what. Default: config/ditto_permissions.json of the package.'),
    offline: flag('Start with the network cut; the API connects it.'),
    dataDir: pathOption('Where its files are.', { valueName: 'DIR', setting: 'ZAVA_DATA_DIR' }),
  },
  async run(input, context) {
    const { settings, signal, announce, note, colors, directory } = context;
    const [{ Device }, { deviceIdentityOf, gatewayUrisOf, unencryptedOf }, { permissionsOf }] = await Promise.all([
      import('../../device/index.ts'),
      import('../device-parts.ts'),
      import('../gateway-parts.ts'),
    ]);
    const inDirectory = (file: string | undefined) => (file === undefined ? undefined : path.resolve(directory, file));
    const gatewayUris = gatewayUrisOf(input.gateway, settings);
    for (const uri of unencryptedOf(gatewayUris))
      note(`${uri} is not encrypted: whoever listens gets the token. Use wss://.`);
    const identity = await deviceIdentityOf({ ...input, tokenFile: inDirectory(input.tokenFile) }, settings);
    await using opened = await Device.open({
      ...identity,
      dataDir: settings.ZAVA_DATA_DIR,
      name: input.name,
      storeId: input.store,
      permissions: await permissionsOf(inDirectory(input.permissions)),
      gatewayUris,
      log: (line) => note(`${new Date().toISOString().slice(11, 19)}  ${line}`),
    });
    if (input.offline) opened.setOnline(false);
    for (const { at, message } of opened.state.incidents) note(`${at.slice(0, 16).replace('T', ' ')}  ${message}`);
    await using server = await serve(opened, input.port, input.host);
    const { deviceId, role } = opened.state;
    await announce({
      result: {
        url: server.url,
        port: server.port,
        pid: process.pid,
        deviceId,
        role,
        storeId: input.store,
        gatewayUris,
      },
      text: [
        `The device ${colors.bold(input.name)} is ready: ${colors.bold(server.url)}`,
        `  ${role} in ${input.store}; syncs with ${gatewayUris.join(' or ')}. Ctrl-C stops it.`,
      ].join('\n'),
    });
    const stopTelling = opened.onState(tellPhases(note));
    await aborted(signal);
    stopTelling();
    note('Closing the store …');
    return undefined;
  },
});

async function serve(
  device: import('../../device/index.ts').Device,
  port: number | undefined,
  host: string | undefined,
) {
  const { DeviceError, serveDevice } = await import('../../device/index.ts');
  const { isPictureSlug, pictureSvg } = await import('../../catalog/index.ts');
  const pages = {
    webRoot: path.join(packageFolder(), 'web', 'dist'),
    picture: (slug: string) => (isPictureSlug(slug) ? pictureSvg(slug) : null),
  };
  const where = host === undefined ? { pages } : { pages, host };
  if (port !== undefined) return await serveDevice(device, { port, ...where });
  for (let next = PORT_FIRST; ; next += 1) {
    try {
      return await serveDevice(device, { port: next, ...where });
    } catch (error) {
      const isTaken = error instanceof DeviceError && error.code === 'PORT_IN_USE';
      if (!isTaken || next >= PORT_FIRST + PORTS_TRIED) throw error;
    }
  }
}

/** A line when the device goes on or off the network, and when it is turned away; not for each document. */
function tellPhases(note: (line: string) => void) {
  let told = '';
  return ({ phase, refusal }: { phase: string; refusal: { message: string } | null }) => {
    const text = phase === 'refused' ? `refused: ${refusal?.message ?? ''}` : phase;
    if (text === told || phase === 'connecting') return;
    told = text;
    note(`${new Date().toISOString().slice(11, 19)}  ${text}`);
  };
}
