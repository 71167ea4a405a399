/** What a reply rests on: `citationMetadata` and `groundingMetadata`, observed, and written for another dialect's citations. */
import { countOf, isObject, type JsonObject, type JsonValue, stringOf } from '../../core/json.ts';
import type { Citation } from '../../core/reply.ts';
import { fieldOf } from './fields.ts';

/** Google counts the bytes of UTF-8, everyone else characters. Undefined for a place the text does not have. */
function characterAt(text: Buffer, byte: number | undefined): number | undefined {
  if (byte === undefined || byte < 0 || byte > text.length) return undefined;
  return text.toString('utf8', 0, byte).length;
}

interface Source {
  readonly url?: string;
  readonly title?: string;
  readonly citedText?: string;
}

function sourceOf(uri: JsonValue | undefined, title: JsonValue | undefined, cited?: JsonValue): Source {
  const [url, name, citedText] = [stringOf(uri), stringOf(title), stringOf(cited)];
  return {
    ...(url !== undefined && { url }),
    ...(name !== undefined && { title: name }),
    ...(citedText !== undefined && { citedText }),
  };
}

function spanOf(text: Buffer, holder: JsonObject): Pick<Citation, 'start' | 'end'> {
  const end = characterAt(text, countOf(fieldOf(holder, 'endIndex')));
  // proto3 leaves a zero out.
  const start =
    end === undefined ? undefined : characterAt(text, countOf(fieldOf(holder, 'startIndex')) ?? 0);
  return { ...(start !== undefined && { start }), ...(end !== undefined && { end }) };
}

function objectsIn(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function readSources(metadata: JsonObject, text: Buffer): Citation[] {
  // The two platforms name the list differently.
  const list = fieldOf(metadata, 'citationSources') ?? metadata.citations;
  return objectsIn(list).map((source) => ({
    ...sourceOf(source.uri, source.title),
    ...spanOf(text, source),
  }));
}

function chunkSource(chunk: JsonObject): Source {
  const [inner] = [chunk.web, fieldOf(chunk, 'retrievedContext'), chunk.maps].filter(isObject);
  if (inner !== undefined) return sourceOf(inner.uri, inner.title, inner.text);
  const { image } = chunk;
  return isObject(image) ? sourceOf(fieldOf(image, 'sourceUri'), image.title) : {};
}

function readGrounding(metadata: JsonObject, text: Buffer): Citation[] {
  const raw = fieldOf(metadata, 'groundingChunks');
  const sources = Array.isArray(raw) ? raw.map((chunk) => (isObject(chunk) ? chunkSource(chunk) : {})) : [];
  const used = new Set<Source>();
  const citations = objectsIn(fieldOf(metadata, 'groundingSupports')).flatMap((support) => {
    const segment = isObject(support.segment) ? support.segment : {};
    // Spans in a later part count from its own beginning, which is not known here.
    const span = countOf(fieldOf(segment, 'partIndex')) ? {} : spanOf(text, segment);
    const indices = fieldOf(support, 'groundingChunkIndices');
    return (Array.isArray(indices) ? indices : []).flatMap((index) => {
      const source = typeof index === 'number' ? sources[index] : undefined;
      if (source === undefined) return [];
      used.add(source);
      return [{ ...source, ...span }];
    });
  });
  return [...citations, ...sources.filter((source) => !used.has(source))];
}

/** `text`: what the candidate has said so far, in whose bytes spans count. */
export function readCitations(candidate: JsonObject, text: string): Citation[] {
  const cited = fieldOf(candidate, 'citationMetadata');
  const grounded = fieldOf(candidate, 'groundingMetadata');
  if (!isObject(cited) && !isObject(grounded)) return [];
  const bytes = Buffer.from(text);
  return [
    ...(isObject(cited) ? readSources(cited, bytes) : []),
    ...(isObject(grounded) ? readGrounding(grounded, bytes) : []),
  ].filter((citation) => Object.keys(citation).length > 0);
}

function byteAt(text: string, character: number): number {
  return Buffer.byteLength(text.slice(0, Math.max(0, character)));
}

/** `groundingMetadata` for citations of another dialect; `text` is what their spans count in. */
export function writeGrounding(citations: readonly Citation[], text: string): JsonObject {
  const chunks: JsonObject[] = citations.map(({ url, title, citedText }) =>
    url === undefined
      ? {
          retrievedContext: {
            ...(title !== undefined && { title }),
            ...(citedText !== undefined && { text: citedText }),
          },
        }
      : { web: { uri: url, ...(title !== undefined && { title }) } },
  );
  const supports = citations.flatMap(({ start = 0, end }, at): JsonObject[] => {
    if (end === undefined) return [];
    const [startIndex, endIndex] = [byteAt(text, start), byteAt(text, end)];
    const segment = { startIndex, endIndex, text: text.slice(Math.max(0, start), Math.max(0, end)) };
    return [{ segment, groundingChunkIndices: [at] }];
  });
  return { groundingChunks: chunks, ...(supports.length > 0 && { groundingSupports: supports }) };
}
