/** A whole reply of another dialect as a chat completion. */

import type { FoldedToolCall } from '../../core/fold.ts';
import { type FoldedBlock, type FoldedChoice, foldReply, textIn, toolCallsIn } from '../../core/fold.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import type { ReplyFrame } from '../../core/reply.ts';
import { putSignature } from '../openai/thought-signature.ts';
import { writeUsage } from '../openai/usage.ts';
import {
  finishWord,
  joinBase64,
  newCallId,
  newReplyId,
  nowS,
  stopReason,
  writeCitation,
  writeImage,
  writeLogprobs,
  writeReasoningDetail,
} from './foreign-content.ts';

type BlockOf<T extends FoldedBlock['type']> = Extract<FoldedBlock, { type: T }>;

function blocksOf<T extends FoldedBlock['type']>(choice: FoldedChoice, type: T): BlockOf<T>[] {
  return choice.blocks.filter((block) => block.type === type) as BlockOf<T>[];
}

function writeCall(call: FoldedToolCall): JsonObject {
  const { name } = call;
  const id = call.id === '' ? newCallId() : call.id;
  if (call.kind === 'custom') return { id, type: 'custom', custom: { name, input: call.arguments } };
  // Clients parse the arguments, and an empty text is no JSON.
  const written: JsonObject = { id, type: 'function', function: { name, arguments: call.arguments || '{}' } };
  putSignature(written, call.signature);
  return written;
}

function putReasoning(message: JsonObject, choice: FoldedChoice): void {
  const text = textIn(choice, 'reasoning');
  if (text !== '') message.reasoning_content = text;
  const blocks = blocksOf(choice, 'reasoning');
  if (blocks.some(({ signature, redacted }) => signature !== undefined || redacted !== undefined))
    message.reasoning_details = blocks.map(writeReasoningDetail);
}

function putCitations(message: JsonObject, choice: FoldedChoice, losses: Losses): void {
  const annotations: JsonObject[] = [];
  let start = 0;
  for (const { text, citations } of blocksOf(choice, 'text')) {
    const end = start + text.length;
    for (const citation of citations) {
      const written = writeCitation(citation, [start, end]);
      if (written === undefined) losses.add('citation without an address');
      else annotations.push(written);
    }
    start = end;
  }
  if (annotations.length > 0) message.annotations = annotations;
}

function putMedia(message: JsonObject, choice: FoldedChoice, { id, createdAtS }: ReplyHead): void {
  const media = blocksOf(choice, 'media');
  const images = media.filter(({ kind }) => kind === 'image');
  if (images.length > 0)
    message.images = images.map(({ mediaType, data }, index) => writeImage(mediaType, data, index));
  const audio = media.filter(({ kind }) => kind === 'audio');
  if (audio.length === 0) return;
  const data = joinBase64(audio.map((piece) => piece.data));
  // It cannot be referred to later: no server keeps it under this id.
  message.audio = { id: `audio_${id}`, data, expires_at: createdAtS, transcript: '' };
}

interface ReplyHead {
  readonly id: string;
  readonly createdAtS: number;
}

function writeMessage(choice: FoldedChoice, head: ReplyHead, losses: Losses): JsonObject {
  const text = textIn(choice, 'text');
  const refusal = textIn(choice, 'refusal');
  const calls = toolCallsIn(choice);
  const isSilent = calls.length > 0 || refusal !== '' || choice.blocks.some(({ type }) => type === 'media');
  const message: JsonObject = {
    role: 'assistant',
    content: text === '' && isSilent ? null : text,
    refusal: refusal === '' ? null : refusal,
  };
  putReasoning(message, choice);
  putCitations(message, choice, losses);
  putMedia(message, choice, head);
  if (calls.length > 0) message.tool_calls = calls.map(writeCall);
  return message;
}

function writeChoice(choice: FoldedChoice, index: number, head: ReplyHead, losses: Losses): JsonObject {
  return {
    index,
    message: writeMessage(choice, head, losses),
    logprobs: choice.logprobs.length === 0 ? null : writeLogprobs(choice.logprobs),
    finish_reason: finishWord(choice.finish, toolCallsIn(choice).length > 0),
    ...stopReason(choice.finish),
  };
}

export function writeForeignReply(frame: ReplyFrame, losses: Losses): JsonObject {
  for (const event of frame.events) if (event.type === 'other') losses.add(event.what);
  const folded = foldReply([frame]);
  const head = { id: folded.id ?? newReplyId(), createdAtS: folded.createdAtS ?? nowS() };
  // A client reads the first choice before anything else: it is there even when nothing was said.
  const choices = folded.choices.length === 0 ? [{ blocks: [], logprobs: [] }] : folded.choices;
  return {
    id: head.id,
    object: 'chat.completion',
    created: head.createdAtS,
    model: folded.model ?? '',
    choices: choices.map((choice, index) => writeChoice(choice, index, head, losses)),
    ...(folded.usage && { usage: writeUsage(folded.usage, losses) }),
  };
}
