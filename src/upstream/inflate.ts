/** Undoes a content coding the upstream applied although `identity` was asked for; the reader of the result counts bytes. */
import { StreamSource, streamOf } from './stream-source.ts';
import type { BodySource, UpstreamReply } from './transport.ts';

const formats: Readonly<Record<string, Bun.CompressionFormat>> = {
  gzip: 'gzip',
  'x-gzip': 'gzip',
  deflate: 'deflate',
  br: 'brotli',
  zstd: 'zstd',
};

/** The body as meant; undefined when the coding is one nobody asked for and nothing here can undo. */
export function inflated({ headers, body }: UpstreamReply): BodySource | null | undefined {
  const coding = headers.get('content-encoding')?.trim().toLowerCase() ?? '';
  if (coding === '' || coding === 'identity' || body === null) return body;
  const format = formats[coding];
  if (format === undefined) return undefined;
  const decompression = new DecompressionStream(format) as unknown as ReadableWritablePair<
    Uint8Array,
    Uint8Array
  >;
  return new StreamSource(streamOf(body).pipeThrough(decompression));
}
