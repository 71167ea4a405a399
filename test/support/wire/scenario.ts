/**
 * What the scripted upstreams say, free of any wire format: the model's name is the scenario. Each format looks at what it
 * was sent in its own terms and renders what is said here literally; nothing of the gateway is used.
 */
export type Block =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'call';
      readonly id: string;
      readonly name: string;
      readonly input: Readonly<Record<string, unknown>>;
      /** For a tool of plain text, in the place of `input`; only for a format that offered it as one. */
      readonly plain?: string;
    }
  | { readonly type: 'thought'; readonly text: string; readonly signature: string };

export interface Said {
  readonly blocks: readonly Block[];
}

export interface Failed {
  readonly status: number;
  readonly message: string;
}

export interface OfferedTool {
  readonly name: string;
  /** It takes plain text. */
  readonly isCustom: boolean;
  /** Names of its arguments. */
  readonly arguments: readonly string[];
}

/** What a format found in a request. */
export interface Seen {
  readonly model: string;
  readonly stream: boolean;
  /** Texts of the tool results, in order. */
  readonly results: readonly string[];
  /** Size of each image received in base64, in characters. */
  readonly images: readonly number[];
  readonly hasSchema: boolean;
  readonly tools: readonly OfferedTool[];
  /** Signatures of reasoning given back. */
  readonly signatures: readonly string[];
}

/** Inclusive: `cached` is part of `input`, `reasoning` of `output`. */
export const usage = { input: 20, cached: 5, output: 9, reasoning: 4 } as const;
const signature = 'c2lnbmF0dXJlLW9mLXRoZS11cHN0cmVhbQ==';
const thought = 'Let me think.';
export const retryAfterS = '7';

const call = (id: string, city: string): Block => ({
  type: 'call',
  id,
  name: 'get_weather',
  input: { city },
});
const text = (words: string): Said => ({ blocks: [{ type: 'text', text: words }] });

/** Ids differ by format, as they do in the field; each format gives its own prefix. `text` is the request's own. */
export type Script = (seen: Seen, idPrefix: string, text: string) => Said | Failed;

export function say(seen: Seen, idPrefix: string): Said | Failed {
  const { results } = seen;
  // Some providers' models are known by their names: there the scenario stands behind the last colon.
  switch (seen.model.slice(seen.model.lastIndexOf(':') + 1)) {
    case 'weather':
      return results.length === 0
        ? { blocks: [call(`${idPrefix}1`, 'Paris')] }
        : text(`In Paris: ${results.join(' ')}`);
    case 'parallel':
      return results.length === 0
        ? { blocks: [call(`${idPrefix}1`, 'Paris'), call(`${idPrefix}2`, 'Rome')] }
        : text(`Paris: ${results[0]}; Rome: ${results[1]}`);
    case 'picture':
      return text(`I see ${seen.images.length} image of ${seen.images.join('+')} characters.`);
    case 'structured':
      return text(seen.hasSchema ? '{"answer":42}' : 'no schema');
    case 'thinker':
      if (results.length > 0)
        return text(`signature ${seen.signatures.includes(signature) ? 'kept' : 'lost'}`);
      return {
        blocks: [
          { type: 'thought', text: thought, signature },
          ...(seen.tools.length > 0
            ? [call(`${idPrefix}1`, 'Paris')]
            : [{ type: 'text', text: 'The sky is blue.' } as const]),
        ],
      };
    case 'limited':
      return { status: 429, message: 'Slow down, please.' };
    case 'overtaxed':
      return { status: 503, message: 'Too busy.' };
    case 'unheard-of':
      return { status: 404, message: 'There is no such model.' };
    default:
      return text('The sky is blue.');
  }
}

/** Clients take what has the same id for the same: each reply, and each item in it, has its own. */
export function newId(prefix: string): string {
  return prefix + crypto.randomUUID().replaceAll('-', '');
}

/** Cuts a text where a token might end. */
export function pieces(words: string): string[] {
  return words.match(/.{1,5}/gs) ?? [];
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** A tool that takes JSON, as its format offers it. */
export function offered({ name }: Record<string, unknown>, schema: unknown): OfferedTool {
  const properties = isRecord(schema) && isRecord(schema.properties) ? Object.keys(schema.properties) : [];
  return { name: String(name), isCustom: false, arguments: properties };
}

/** Size of the base64 in a `data:` URL. */
export function dataSize(url: unknown): number[] {
  return typeof url === 'string' && url.startsWith('data:') ? [url.slice(url.indexOf(',') + 1).length] : [];
}

/** All text below a value, wherever it stands under `text`, or the value itself. */
export function textIn(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(textIn).join('');
  return isRecord(value) ? textIn(value.text ?? '') : '';
}
