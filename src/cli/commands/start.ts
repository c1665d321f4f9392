import path from 'node:path';
import { aborted } from '../aborted.ts';
import { defineCliCommand } from '../frame.ts';
import { flag, textOption, wholeNumberOption } from '../options.ts';
import { packageFolder, programVersion } from '../package-file.ts';

/** Long enough for the page to hear of a failure before its server goes. */
const LAST_WORDS_MS = 400;
/** A worker's and a sales representative's in Seattle, a worker's in Bellevue, and the online shop's. */
const DEVICES = 4;

export const start = defineCliCommand({
  summary: 'Brings the whole company up: database, data set, indexes, checks, first page.',
  description:
    'Serves the first page at once, then starts the embedded database (unless MONGODB_CONNECTION_STRING is set), makes and loads the data set, builds the indexes, turns change streams on, checks every document, lets devices in at /sync and starts four of them, each with its app. What was done before is not done again. Runs until Ctrl-C.',
  examples: [
    ['zava start', 'everything, on http://127.0.0.1:4000'],
    ['zava start --customers 500 --orders 2000', 'the same with a small data set'],
    ['zava start --devices 0', 'without the devices of the stores'],
    ['zava start --host 0.0.0.0', 'for other machines too, which sign in with a token; put TLS in front of it'],
    ['zava start --exit-when-open', 'load and check, then stop'],
  ],
  options: {
    port: wholeNumberOption('The port of the first page; 0 takes any free one.', { max: 65_535, setting: 'ZAVA_PORT' }),
    host: textOption('The address to listen on. Default: 127.0.0.1, this machine alone.', { valueName: 'ADDRESS' }),
    customers: wholeNumberOption('Customers to make.', { min: 1, setting: 'NUM_CUSTOMERS' }),
    orders: wholeNumberOption('Orders to make.', { min: 1, setting: 'NUM_ORDERS' }),
    devices: wholeNumberOption('How many devices of the stores to start with it, 0 to 4. Default: 4.', { max: 4 }),
    exitWhenOpen: flag('Stop as soon as everything is loaded and checked.'),
  },
  async run(input, context) {
    const { settings, signal, note } = context;
    // Loaded when they are needed, as every command does: `zava --help` reads this file too.
    const [
      { isPictureSlug, pictureSvg },
      { signingKeyOf },
      { Opening, startHeadquarters },
      { auditLog },
      { Company, openingSteps },
      { queryEmbeddersOf },
    ] = await Promise.all([
      import('../../catalog/index.ts'),
      import('../../gateway/index.ts'),
      import('../../headquarters/index.ts'),
      import('../../mcp/index.ts'),
      import('../company/open-company.ts'),
      import('../embedders.ts'),
    ]);
    const opening = new Opening(openingSteps);
    context.ifInterrupted('The next `zava start` goes on where this one was.');
    await using company = new Company({
      settings,
      directory: context.directory,
      environment: { ...process.env, ZAVA_DATA_DIR: settings.ZAVA_DATA_DIR },
      signal,
      opening,
      generateWords: [
        ...(input.customers === undefined ? [] : ['--customers', String(input.customers)]),
        ...(input.orders === undefined ? [] : ['--orders', String(input.orders)]),
      ],
      now: () => new Date(),
      hasUsualPorts: (input.port ?? settings.ZAVA_PORT) !== 0,
      devices: input.exitWhenOpen ? 0 : (input.devices ?? DEVICES),
      note,
    });
    const headquarters = await startHeadquarters({
      port: input.port ?? settings.ZAVA_PORT,
      ...(input.host === undefined ? {} : { host: input.host }),
      webRoot: path.join(packageFolder(), 'web', 'dist'),
      opening,
      database: () => company.database,
      validation: () => company.validation,
      upgrade: (request, socket, head) => company.upgrade(request, socket, head),
      fleet: () => company.fleet,
      sync: () => company.sync,
      signingKey: await signingKeyOf(settings.ZAVA_DATA_DIR),
      checkWithdrawn: (tokenId) => company.checkWithdrawn(tokenId),
      embedders: queryEmbeddersOf(settings),
      mcp: { version: programVersion(), audit: auditLog(settings.ZAVA_DATA_DIR) },
      picture: (slug) => (isPictureSlug(slug) ? pictureSvg(slug) : null),
    });
    try {
      note(`Zava is at ${headquarters.url}`);
      if (!headquarters.isLaptop) note('Whoever opens it needs a token: npx zava token issue --role headquarters');
      const syncUri = `${reachedHere(headquarters.url).replace(/^http/, 'ws')}/sync`;
      const unsubscribe = opening.subscribe(({ steps }) => {
        const step = steps.find(({ state }) => state === 'running');
        if (step === undefined || step.total === null || step.total === 0) return;
        context.onProgress({ phase: step.title, done: step.done, total: step.total, unit: step.unit });
      });
      try {
        await Promise.race([company.open(syncUri), company.serverLost]);
      } catch (error) {
        await new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS));
        throw error;
      } finally {
        unsubscribe();
      }
      const connectionString = company.database?.description.connectionString ?? '';
      const result = {
        url: headquarters.url,
        syncUri,
        connectionString,
        validation: company.validation?.summary ?? null,
        devices: company.fleet?.devices.map(({ id, name, url }) => ({ id, name, url })) ?? [],
      };
      const verdict = company.validation?.summary.passed === false ? ' Some checks failed: see the report.' : '';
      await context.announce({
        result,
        text: `The company is open: ${headquarters.url}${verdict}\n  npx mongosh "${connectionString}"\n  Devices sync at ${syncUri}: npx zava device --store store_seattle --name seattle-tablet-1${deviceLines(result.devices)}${input.exitWhenOpen ? '' : '\n  Ctrl-C stops it.'}`,
      });
      if (!input.exitWhenOpen) await Promise.race([aborted(signal), company.serverLost]);
      return undefined;
    } finally {
      await company.sendDevicesAway();
      await headquarters.close();
    }
  },
});

/** All addresses of this machine are one to listen on, and none to go to. */
const reachedHere = (url: string): string => url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');

const deviceLines = (devices: readonly { readonly name: string; readonly url: string | null }[]): string =>
  devices.map(({ name, url }) => `\n  ${name}: ${url ?? 'it does not answer yet'}`).join('');
