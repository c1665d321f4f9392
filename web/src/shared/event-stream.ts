/** How soon a stream that broke is opened anew, in milliseconds. */
const RECONNECT_MS = 1_500;

export interface EventStream {
  close(): void;
}

/**
 * Follows a stream of server-sent events of this page's own host, and opens it anew when it breaks. `on` maps the names of
 * events to what hears their data.
 */
export function followEvents(
  address: string,
  on: Readonly<Record<string, (data: unknown) => void>>,
  onConnected: (isConnected: boolean) => void,
): EventStream {
  let source: EventSource | null = null;
  let retry: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    source = new EventSource(address);
    source.addEventListener('open', () => onConnected(true));
    for (const [name, hear] of Object.entries(on)) {
      source.addEventListener(name, (event) => hear(JSON.parse((event as MessageEvent<string>).data)));
    }
    source.addEventListener('error', () => {
      source?.close();
      onConnected(false);
      retry = setTimeout(open, RECONNECT_MS);
    });
  };
  open();
  return {
    close() {
      source?.close();
      clearTimeout(retry);
    },
  };
}
