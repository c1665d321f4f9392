/** Starts the embedded server on a data directory, and tells other processes of it. */
import { CliError } from './errors.ts';
import { announceServer, findRunningServer, makeDataDirectory, serverFolder } from './running-server.ts';

export interface OwnServer {
  readonly uri: string;
  readonly port: number;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Throws DATA_DIRECTORY_IN_USE when another process has the directory, PORT_IN_USE when the port is taken. */
export async function openEmbeddedServer(dataDir: string, port: number): Promise<OwnServer> {
  const { startEmbeddedServer } = await import('../embedded/index.ts');
  await makeDataDirectory(dataDir);
  const running = await findRunningServer(dataDir);
  if (running !== undefined) {
    throw new CliError(
      'DATA_DIRECTORY_IN_USE',
      `Process ${running.pid} already serves the data directory ${dataDir}, at ${running.uri}`,
      { data: { dataDir, pid: running.pid, uri: running.uri } },
    );
  }
  const server = await startEmbeddedServer({ dataDir: serverFolder(dataDir), port });
  const withdraw = await announceServer(dataDir, server).catch(async (error: unknown) => {
    await server.close(); // a server that nobody can find would only keep the directory locked
    throw error;
  });
  const close = async () => {
    await withdraw();
    await server.close();
  };
  return { uri: server.uri, port: server.port, close, [Symbol.asyncDispose]: close };
}
