/** Takes what a worker writes to the output all share, whole lines at a time, at the pace of whoever reads it. */
import type { LineSink } from '../telemetry/log.ts';

const lineFeed = 0x0a;

/** Resolves when the worker's end is closed; half a line that a crash left is dropped. */
export async function passLines(from: ReadableStream<Uint8Array>, sink: LineSink): Promise<void> {
  const decoder = new TextDecoder();
  let begun: Uint8Array[] = [];
  for await (const chunk of from) {
    const end = chunk.lastIndexOf(lineFeed) + 1;
    if (end === 0) {
      begun.push(chunk);
      continue;
    }
    const lines = decoder.decode(Buffer.concat([...begun, chunk.subarray(0, end)]));
    begun = end < chunk.length ? [chunk.subarray(end)] : [];
    try {
      await sink(lines);
    } catch {
      // Nobody reads any more; the worker must not be held up by it.
    }
  }
}
