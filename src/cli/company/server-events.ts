const RECONNECT_MS = 500;

/** Follows the server-sent events of a server of ours, and comes again when it breaks, until it is closed. */
export function followServerEvents(
  address: string,
  hear: (event: string, data: unknown) => void,
): { readonly close: () => void } {
  const closing = new AbortController();
  const follow = async () => {
    while (!closing.signal.aborted) {
      // A server that is gone, or a connection that broke: it is tried again.
      await readEvents(address, hear, closing.signal).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS).unref());
    }
  };
  void follow();
  return { close: () => closing.abort() };
}

async function readEvents(
  address: string,
  hear: (event: string, data: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  const { body } = await fetch(address, { headers: { accept: 'text/event-stream' }, signal });
  if (body === null) return;
  let text = '';
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const blocks = (text + chunk).split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = /^event: ?(.*)$/m.exec(block)?.[1] ?? 'message';
      const data = [...block.matchAll(/^data: ?(.*)$/gm)].map(([, line]) => line).join('\n');
      if (data !== '') hear(event, JSON.parse(data));
    }
  }
}
