/** Undoes a content coding the upstream applied although `identity` was asked for; the reader of the result counts bytes. */
const formats: Readonly<Record<string, Bun.CompressionFormat>> = {
  gzip: 'gzip',
  'x-gzip': 'gzip',
  deflate: 'deflate',
  br: 'brotli',
  zstd: 'zstd',
};

/** The body as meant; undefined when the coding is one nobody asked for and nothing here can undo. */
export function inflated(response: Response): ReadableStream<Uint8Array> | null | undefined {
  const coding = response.headers.get('content-encoding')?.trim().toLowerCase() ?? '';
  const body = response.body as ReadableStream<Uint8Array> | null;
  if (coding === '' || coding === 'identity' || body === null) return body;
  const format = formats[coding];
  if (format === undefined) return undefined;
  return body.pipeThrough(
    new DecompressionStream(format) as unknown as ReadableWritablePair<Uint8Array, Uint8Array>,
  );
}
