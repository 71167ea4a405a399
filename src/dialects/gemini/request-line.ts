/** What a Gemini client says in the URL: the model, the verb, and how it wants its stream. */
import type { DialectName } from '../../core/dialect-name.ts';
import type { RequestLine } from '../dialect.ts';

export interface GeminiLine extends RequestLine {
  readonly model: string;
  /** The dialect that answers to the verb. */
  readonly dialect: DialectName;
}

const verbs: ReadonlyMap<string, DialectName> = new Map([
  ['generateContent', 'gemini'],
  ['streamGenerateContent', 'gemini'],
  ['embedContent', 'gemini-embed-content'],
  ['batchEmbedContents', 'gemini-batch-embed'],
  ['countTokens', 'gemini-count-tokens'],
]);

const path = /^(?:[a-z][a-z0-9+.-]*:\/\/[^/?#]*)?\/v1(?:alpha|beta)?\/(?:(models|tunedModels)\/)?([^?#]+)/i;

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Google's own parameter, in both of its spellings. */
function wantsEvents(url: string): boolean {
  const query = new URLSearchParams(url.split('#', 1)[0]?.split('?').slice(1).join('?'));
  return (query.get('alt') ?? query.get('$alt')) === 'sse';
}

/**
 * Reads `/v1beta/models/{model}:{verb}`, also below `/v1`, and `/v1beta/{model}:{verb}`, which some SDKs make of a model's
 * name with a slash. The model may be percent-encoded and may have slashes and colons
 * of its own (`openai/gpt-4o`, `ft:x:y`): the verb stands after the last colon. Undefined for any other path or verb.
 */
export function readGeminiLine(url: string): GeminiLine | undefined {
  const [, collection, encoded = ''] = path.exec(url) ?? [];
  const rest = decoded(encoded);
  if (rest === undefined) return undefined;
  const colon = rest.lastIndexOf(':');
  const verb = rest.slice(colon + 1);
  const dialect = verbs.get(verb);
  if (colon < 1 || dialect === undefined) return undefined;
  const name = rest.slice(0, colon);
  const model = collection === 'tunedModels' ? `tunedModels/${name}` : name;
  const stream = verb === 'streamGenerateContent';
  return { model, dialect, stream, ...(stream && !wantsEvents(url) && { asArray: true }) };
}
