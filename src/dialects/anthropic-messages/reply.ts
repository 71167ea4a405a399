/** A whole reply, read and written: put together again from its carry, or anew when it is of another dialect. */
import { takeString } from '../../core/carry.ts';
import { type FoldedBlock, foldReply } from '../../core/fold.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import type { Citation, ReplyEvent, ReplyFrame } from '../../core/reply.ts';
import { mapId } from './call-id.ts';
import { carry, dialect, own } from './carry.ts';
import { type BlockState, fillReplyBlock, readReplyBlock } from './reply-blocks.ts';
import { fillFinish, takeFinish, writeForeignFinish } from './stop-reason.ts';
import { inputOf } from './tool-input.ts';
import { readUsage, writeUsage } from './usage.ts';

export function readReply(json: JsonObject): ReplyFrame {
  const events: ReplyEvent[] = [];
  const fields: JsonObject = { ...json };
  const state: BlockState = { textLength: 0, calls: 0 };
  if (Array.isArray(json.content))
    fields.content = json.content.map(
      (raw, block) => readReplyBlock(raw, block, state, events, true) ?? null,
    );
  // Usage is observed, not taken: nothing here changes it, and its further details stay where they are.
  const usage = readUsage(json.usage);
  if (usage !== undefined) events.push({ type: 'usage', usage });
  const finish = takeFinish(fields);
  if (finish !== undefined) events.push(finish);
  const id = takeString(fields, 'id');
  const model = takeString(fields, 'model');
  return {
    ...(id !== undefined && { id }),
    ...(model !== undefined && { model }),
    events,
    carry: carry(fields),
  };
}

function writeOwnReply(frame: ReplyFrame): JsonObject {
  const written: JsonObject = { ...own(frame.carry) };
  if (frame.id !== undefined) written.id = frame.id;
  if (frame.model !== undefined) written.model = frame.model;
  if (Array.isArray(written.content))
    written.content = written.content.map((rest, block) => fillReplyBlock(rest, block, frame.events) ?? null);
  for (const event of frame.events) if (event.type === 'choice-finish') fillFinish(written, event);
  return written;
}

/** Only what was found on the web has a form that needs no document of the request; its index was never made. */
export function writeCitation({ url, title, citedText }: Citation): JsonObject | undefined {
  if (url === undefined) return undefined;
  return {
    type: 'web_search_result_location',
    url,
    title: title ?? null,
    encrypted_index: '',
    cited_text: citedText ?? '',
  };
}

function writeBlock(block: FoldedBlock, losses: Losses): JsonObject[] {
  switch (block.type) {
    case 'text': {
      if (block.text === '') return [];
      const citations = block.citations.map(writeCitation).filter((citation) => citation !== undefined);
      if (citations.length < block.citations.length) losses.add('citations');
      return [{ type: 'text', text: block.text, ...(citations.length > 0 && { citations }) }];
    }
    case 'refusal':
      // The text stays, and `stop_reason` says what it is.
      losses.add('refusal');
      return [{ type: 'text', text: block.text }];
    case 'reasoning':
      return [
        block.redacted === undefined
          ? { type: 'thinking', thinking: block.text, signature: block.signature ?? '' }
          : { type: 'redacted_thinking', data: block.redacted },
      ];
    case 'tool-call': {
      if (block.kind === 'custom') losses.add('custom tool call');
      const { input, isWhole } = inputOf(block);
      if (!isWhole) losses.add('tool call arguments');
      return [{ type: 'tool_use', id: mapId(block.id), name: block.name, input }];
    }
    case 'media':
      losses.add(block.kind);
      return [];
  }
}

/** The envelope of a message that was never one of Anthropic's. */
export function messageOf({ id, model }: { readonly id?: string; readonly model?: string }): JsonObject {
  return {
    id: id ?? `msg_${Bun.randomUUIDv7().replaceAll('-', '')}`,
    type: 'message',
    role: 'assistant',
    model: model ?? '',
  };
}

function writeForeignReply(frame: ReplyFrame, losses: Losses): JsonObject {
  const { choices, usage, ...head } = foldReply([frame]);
  const [choice] = choices;
  if (choices.length > 1) losses.add('choices');
  if ((choice?.logprobs.length ?? 0) > 0) losses.add('logprobs');
  for (const event of frame.events) if (event.type === 'other') losses.add(event.what);
  const blocks = choice?.blocks ?? [];
  const spoken = {
    hasToolCalls: blocks.some(({ type }) => type === 'tool-call'),
    hasRefusal: blocks.some(({ type }) => type === 'refusal'),
  };
  return {
    ...messageOf(head),
    content: blocks.flatMap((block) => writeBlock(block, losses)),
    ...writeForeignFinish(choice?.finish, spoken),
    usage: writeUsage(usage),
  };
}

export function writeReply(frame: ReplyFrame, losses: Losses): JsonObject {
  return frame.carry.dialect === dialect ? writeOwnReply(frame) : writeForeignReply(frame, losses);
}
