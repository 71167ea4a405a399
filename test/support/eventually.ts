/** Waits for something that another process is about to bring about; gives up after a generous guard. */
export async function eventually<T>(read: () => Read<T> | Promise<Read<T>>, what: string): Promise<T> {
  const giveUpAtMs = Date.now() + 15_000;
  for (;;) {
    const value = await read();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > giveUpAtMs) throw new Error(`did not happen: ${what}`);
    await Bun.sleep(10);
  }
}

type Read<T> = T | undefined | false;
