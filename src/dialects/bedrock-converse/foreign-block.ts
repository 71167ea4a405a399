/** A part of another API's message as Converse blocks. What Converse refuses is avoided here, not left to its 400. */
import { GatewayError } from '../../core/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import type {
  CacheMark,
  MediaPart,
  Part,
  ReasoningPart,
  ToolCallPart,
  ToolResultPart,
} from '../../core/part.ts';
import { cachePoint, parsed } from './block.ts';
import { formatOf, formatOfUrl } from './media-format.ts';
import type { ModelTraits } from './model-traits.ts';
import { toolName, toolUseId } from './names.ts';

const ttls: ReadonlySet<string> = new Set(['5m', '1h']);

function unsupported(what: string): GatewayError {
  return new GatewayError('unsupported_value', `The model's provider takes no ${what}.`, {
    param: 'messages',
  });
}

/** Parts in blocks, one request long: documents are numbered through it. */
export class ForeignBlocks {
  readonly #traits: ModelTraits;
  readonly #losses: Losses;
  #documents = 0;

  constructor(traits: ModelTraits, losses: Losses) {
    this.#traits = traits;
    this.#losses = losses;
  }

  /** The mark as blocks; none where the model keeps no cache. */
  cache(mark: CacheMark | undefined, isTool = false): JsonObject[] {
    if (mark === undefined) return [];
    const { family } = this.#traits;
    if (family === 'other' || (family === 'nova' && isTool)) {
      this.#losses.add('cache mark');
      return [];
    }
    if (mark.ttl === undefined || (family !== 'nova' && ttls.has(mark.ttl))) return [cachePoint(mark)];
    this.#losses.add('cache mark ttl');
    return [cachePoint({})];
  }

  text(text: string): JsonObject[] {
    return text.trim() === '' ? [] : [{ text }];
  }

  part(part: Part): JsonObject[] {
    const blocks = this.#content(part);
    return 'cache' in part ? [...blocks, ...this.cache(part.cache)] : blocks;
  }

  #content(part: Part): JsonObject[] {
    switch (part.type) {
      case 'text':
      case 'refusal':
        return this.text(part.text);
      case 'media':
        return [this.media(part)];
      case 'reasoning':
        return this.#reasoning(part);
      case 'tool-call':
        return [this.#toolCall(part)];
      case 'tool-result':
        return [this.#toolResult(part)];
      case 'other':
        return [];
    }
  }

  /** Throws `unsupported_value` for what Converse cannot be given. */
  media(part: MediaPart): JsonObject {
    const { kind, source } = part;
    const block = { format: this.#formatOf(part), source: this.#source(part) };
    if (kind !== 'document') return { [kind]: block };
    // A name is read by the model, so the service asks for one that says nothing.
    if (part.name !== undefined) this.#losses.add('file name');
    this.#documents++;
    const name = `document-${this.#documents}`;
    return { document: source.type === 'text' ? { ...block, format: 'txt', name } : { ...block, name } };
  }

  #formatOf({ kind, source }: MediaPart): string {
    if (source.type === 'text') return 'txt';
    const { mediaType } = source.type === 'file' ? { mediaType: undefined } : source;
    const byUrl = source.type === 'url' ? formatOfUrl(kind, source.url) : undefined;
    const format = mediaType === undefined ? byUrl : (formatOf(kind, mediaType) ?? byUrl);
    if (source.type === 'file') throw unsupported(`uploaded files: give the ${kind}'s own bytes`);
    if (source.type === 'url' && !source.url.startsWith('s3://'))
      throw unsupported(`${kind} by URL: give its bytes, or an s3:// address`);
    if (format === undefined) throw unsupported(`${kind} of the type '${mediaType ?? 'unknown'}'`);
    return format;
  }

  #source({ kind, source }: MediaPart): JsonObject {
    switch (source.type) {
      case 'base64':
        return { bytes: source.data };
      case 'text':
        return { text: source.text };
      case 'url':
        return { s3Location: { uri: source.url } };
      case 'file':
        throw unsupported(`uploaded files: give the ${kind}'s own bytes`);
    }
  }

  /** Claude takes back what Claude signed; anything else would be refused. */
  #reasoning(part: ReasoningPart): JsonObject[] {
    const isOwn = this.#traits.family !== 'other' && this.#traits.family !== 'nova';
    if (isOwn) {
      if (part.redacted !== undefined) return [{ reasoningContent: { redactedContent: part.redacted } }];
      if (part.signature !== undefined)
        return [{ reasoningContent: { reasoningText: { text: part.text, signature: part.signature } } }];
    }
    this.#losses.add('reasoning content');
    return [];
  }

  #toolCall(part: ToolCallPart): JsonObject {
    return {
      toolUse: { toolUseId: toolUseId(part.id), name: toolName(part.name), input: this.#input(part) },
    };
  }

  /** An object, whatever the model wrote before: empty arguments are none, broken ones are kept as text. */
  #input(part: ToolCallPart): JsonValue {
    if (part.kind === 'custom') return { input: part.arguments };
    if (part.arguments.trim() === '') return {};
    const input = parsed(part.arguments);
    if (isObject(input)) return input;
    this.#losses.add('tool call arguments that are no JSON object');
    return { arguments: input };
  }

  #toolResult(part: ToolResultPart): JsonObject {
    const content = part.parts.flatMap((inner) => this.#resultContent(inner));
    return {
      toolResult: {
        toolUseId: toolUseId(part.toolCallId),
        // Neither an empty list nor a blank text is taken.
        content: content.length > 0 ? content : [{ text: '(no output)' }],
        ...(part.isError === true && { status: 'error' }),
      },
    };
  }

  #resultContent(part: Part): JsonObject[] {
    if (part.type === 'text' || part.type === 'refusal') return this.text(part.text);
    if (part.type === 'media' && part.kind !== 'audio') return [this.media(part)];
    if (part.type !== 'other') this.#losses.add(`${part.type} inside a tool result`);
    return [];
  }
}
