/**
 * What a message or delta says beside its text and calls: citations, log probabilities, media, reasoning in its further
 * forms. It is observed, not taken: it stays in the carry for the same dialect, and the events tell the others.
 */
import { countOf, isObject, type JsonObject, type JsonValue, stringOf } from '../../core/json.ts';
import { sourceOfUrl } from '../../core/part.ts';
import type { Citation, ReplyEvent, TokenLogprob } from '../../core/reply.ts';

/** What one stream has said so far. */
export interface ReplyMemory {
  /** Reasoning came as a string: the text in `reasoning_details` is the same once more. */
  saysReasoning: boolean;
}

function objectsIn(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** OpenAI's `message.annotations`, of type `url_citation`. */
export function readCitations(annotations: JsonValue | undefined, choice: number): ReplyEvent[] {
  return objectsIn(annotations).flatMap((annotation): ReplyEvent[] => {
    const said = annotation.url_citation;
    if (!isObject(said)) {
      const what = `annotation ${stringOf(annotation.type) ?? 'of unknown type'}`;
      return [{ type: 'other', choice, what }];
    }
    const found: { -readonly [K in keyof Citation]: Citation[K] } = {};
    const [url, title, text] = [stringOf(said.url), stringOf(said.title), stringOf(said.content)];
    const [start, end] = [countOf(said.start_index), countOf(said.end_index)];
    if (url !== undefined) found.url = url;
    if (title !== undefined) found.title = title;
    if (text !== undefined) found.citedText = text;
    if (start !== undefined) found.start = start;
    if (end !== undefined) found.end = end;
    return [{ type: 'citation', choice, citation: found }];
  });
}

function readToken(raw: JsonObject): TokenLogprob[] {
  const { token, logprob, bytes } = raw;
  if (typeof token !== 'string' || typeof logprob !== 'number') return [];
  const top = objectsIn(raw.top_logprobs).flatMap(readToken);
  return [{ token, logprob, ...(bytes !== undefined && { bytes }), ...(top.length > 0 && { top }) }];
}

export function readLogprobs(logprobs: JsonValue | undefined, choice: number): ReplyEvent[] {
  if (!isObject(logprobs)) return [];
  const tokens = [...objectsIn(logprobs.content), ...objectsIn(logprobs.refusal)].flatMap(readToken);
  return tokens.length === 0 ? [] : [{ type: 'logprobs', choice, tokens }];
}

/** `message.images`, an extension of routers: parts as in requests, with `data:` URLs. */
export function readImages(images: JsonValue | undefined, choice: number): ReplyEvent[] {
  return objectsIn(images).map((image): ReplyEvent => {
    const url = isObject(image.image_url) ? stringOf(image.image_url.url) : undefined;
    const source = url === undefined ? undefined : sourceOfUrl(url);
    if (source?.type !== 'base64') return { type: 'other', choice, what: 'image by its address' };
    return { type: 'media', choice, kind: 'image', mediaType: source.mediaType, data: source.data };
  });
}

/** The reply does not say its format: streams are always 16-bit PCM, whole replies WAV unless asked otherwise. */
export function readAudio(audio: JsonValue | undefined, choice: number, isDelta: boolean): ReplyEvent[] {
  if (!isObject(audio)) return [];
  const events: ReplyEvent[] = [];
  const [text, data] = [stringOf(audio.transcript), stringOf(audio.data)];
  if (text) events.push({ type: 'text-delta', choice, text });
  const mediaType = isDelta ? 'audio/pcm' : 'audio/wav';
  if (data) events.push({ type: 'media', choice, kind: 'audio', mediaType, data });
  return events;
}

/** Content in parts, as some servers answer: texts, and thoughts between them. */
export function readContentParts(content: JsonValue | undefined, choice: number): ReplyEvent[] {
  return objectsIn(content).flatMap((part): ReplyEvent[] => {
    if (part.type === 'text' && typeof part.text === 'string')
      return [{ type: 'text-delta', choice, text: part.text }];
    if (part.type !== 'thinking') return [{ type: 'other', choice, what: `content part ${part.type}` }];
    const texts = typeof part.thinking === 'string' ? [{ text: part.thinking }] : objectsIn(part.thinking);
    return texts
      .filter(({ text }) => typeof text === 'string')
      .map(({ text }) => ({ type: 'reasoning-delta', choice, text: text as string }));
  });
}

/** `reasoning_details`: signatures and encrypted pieces; their text where no string has said it. */
export function readDetails(
  details: JsonValue | undefined,
  choice: number,
  memory: ReplyMemory,
): ReplyEvent[] {
  const events: ReplyEvent[] = [];
  for (const detail of objectsIn(details)) {
    const text = stringOf(detail.text) ?? stringOf(detail.summary);
    if (text && !memory.saysReasoning) events.push({ type: 'reasoning-delta', choice, text });
    if (typeof detail.signature === 'string' && detail.signature !== '')
      events.push({ type: 'reasoning-signature', choice, signature: detail.signature });
    if (detail.type === 'reasoning.encrypted' && typeof detail.data === 'string')
      events.push({ type: 'reasoning-redacted', choice, data: detail.data });
  }
  return events;
}
