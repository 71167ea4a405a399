/** Standard output and error as a command writes them. `process.stdout` and its like take 8 ms to load, which every start would pay. */
export interface StandardStream {
  write(this: void, text: string): void;
  /** Resolves when all is out, or nobody reads any more. */
  written(): Promise<void>;
}

export function standardStream(file: Bun.BunFile): StandardStream {
  const writer = file.writer();
  const flush = async (): Promise<void> => {
    try {
      await writer.flush();
    } catch {
      // Whoever read this is gone, as in `opengateway … | head`.
    }
  };
  return {
    write(text) {
      writer.write(text);
      void flush();
    },
    written: flush,
  };
}
