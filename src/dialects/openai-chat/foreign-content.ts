/** Pieces of another dialect's reply in OpenAI Chat's words, the same for whole replies and chunks. */
import type { JsonObject } from '../../core/json.ts';
import type { ChoiceFinish, Citation, TokenLogprob } from '../../core/reply.ts';
import { finishWords } from '../openai/reply-writer.ts';

/** A reply with calls ends in `tool_calls`, whatever its own dialect says of a reply that does. */
export function finishWord(finish: ChoiceFinish | undefined, hasCalls: boolean): string {
  const reason = finish?.reason ?? 'stop';
  return hasCalls && (reason === 'stop' || reason === 'other') ? 'tool_calls' : finishWords[reason];
}

/** vLLM's field for the stop word that ended a reply: OpenAI has none. */
export function stopReason(finish: ChoiceFinish | undefined): JsonObject {
  return finish?.stopSequence === undefined ? {} : { stop_reason: finish.stopSequence };
}

/** `span`: of the text it stands in, where the citation says no span of its own. */
export function writeCitation(citation: Citation, span: readonly [number, number]): JsonObject | undefined {
  const { url, title, citedText, start = span[0], end = span[1] } = citation;
  if (url === undefined) return undefined;
  // The words cited are an extension of routers.
  const content = citedText === undefined ? {} : { content: citedText };
  return {
    type: 'url_citation',
    url_citation: { start_index: start, end_index: end, url, title: title ?? url, ...content },
  };
}

function writeToken({ token, logprob, bytes }: TokenLogprob): JsonObject {
  return { token, logprob, bytes: bytes ?? null };
}

export function writeLogprobs(tokens: readonly TokenLogprob[]): JsonObject {
  const content = tokens.map((token) => ({
    ...writeToken(token),
    top_logprobs: (token.top ?? []).map(writeToken),
  }));
  return { content, refusal: null };
}

export function writeImage(mediaType: string, data: string, index: number): JsonObject {
  return { type: 'image_url', index, image_url: { url: `data:${mediaType};base64,${data}` } };
}

export function joinBase64(pieces: readonly string[]): string {
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece, 'base64'))).toString('base64');
}

/** Routers' form of reasoning that must go back to its origin untouched. */
export function writeReasoningDetail(
  block: { readonly text: string; readonly signature?: string; readonly redacted?: string },
  index: number,
): JsonObject {
  if (block.redacted !== undefined) return { type: 'reasoning.encrypted', data: block.redacted, index };
  return { type: 'reasoning.text', text: block.text, signature: block.signature ?? null, index };
}

/** For a reply whose own dialect names none. */
export function newReplyId(): string {
  return `chatcmpl-${Bun.randomUUIDv7()}`;
}

/** For a call without an id: unlike that of any other call of the conversation. */
export function newCallId(): string {
  return `call_${Bun.randomUUIDv7().replaceAll('-', '')}`;
}

/** Unix time, seconds. */
export function nowS(): number {
  return Math.floor(Date.now() / 1000);
}
