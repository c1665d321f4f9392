import { aborted } from '../aborted.ts';
import { defineCliCommand } from '../frame.ts';
import { pathOption, wholeNumberOption } from '../options.ts';

const PORT_DEFAULT = 27017;

export const db = defineCliCommand({
  summary: 'Runs the embedded database until Ctrl-C.',
  description:
    'A MongoDB-compatible server on this machine alone, with its files in the data directory. While it runs, the other commands find it by themselves; mongosh, Compass and every MongoDB driver can connect too. With --json the address is printed as JSON once the server is ready.',
  examples: [
    ['zava db', `serves .zava on port ${PORT_DEFAULT}`],
    ['zava db --port 0 --data-dir /tmp/try', 'takes a free port, keeps its files elsewhere'],
  ],
  options: {
    port: wholeNumberOption(`The port to listen on; 0 takes a free one. Default: ${PORT_DEFAULT}.`, { max: 65_535 }),
    dataDir: pathOption('Where the server keeps its files.', { valueName: 'DIR', setting: 'ZAVA_DATA_DIR' }),
  },
  async run({ port }, { settings, signal, announce, note, colors }) {
    const { openEmbeddedServer } = await import('../embedded-server.ts');
    await using server = await openEmbeddedServer(settings.ZAVA_DATA_DIR, port ?? PORT_DEFAULT);
    // Not by the room of the database: loading the driver and all else of it would take a third of the time to open.
    const address = new URL(server.uri);
    address.pathname = `/${settings.MONGODB_DATABASE}`;
    const uri = address.href;
    await announce({
      result: { uri, port: server.port, pid: process.pid, dataDir: settings.ZAVA_DATA_DIR },
      text: [
        `The embedded database is ready: ${colors.bold(uri)}`,
        `  mongosh "${uri}"`,
        `  Files: ${settings.ZAVA_DATA_DIR}. Ctrl-C stops it.`,
      ].join('\n'),
    });
    await aborted(signal);
    note('Closing the database …');
    return undefined;
  },
});
