/**
 * Tells a server that is slow to answer from one that cannot be reached. `fetch` has one wait for both; so when no answer
 * has come within the connect deadline, one bare TCP connection is tried with a deadline of its own.
 */
export async function canConnect(url: string, timeoutMs: number): Promise<boolean> {
  const { hostname, port, protocol } = new URL(url);
  return await new Promise((resolve) => {
    let socket: { end(): void } | undefined;
    const settle = (reachable: boolean) => {
      clearTimeout(timer);
      socket?.end();
      resolve(reachable);
    };
    const timer = setTimeout(() => settle(false), timeoutMs);
    Bun.connect({
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
      socket: {
        open(opened) {
          socket = opened;
          settle(true);
        },
        data() {},
        error: () => settle(false),
        connectError: () => settle(false),
      },
    }).catch(() => settle(false));
  });
}
