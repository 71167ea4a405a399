/** Writes a frame as a whole Converse reply: its own carry with the events back in their seats, or anew. */
import { carriedFields } from '../../core/carry.ts';
import { type FoldedBlock, type FoldedToolCall, foldReply } from '../../core/fold.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import type { ReplyEvent, ReplyFrame } from '../../core/reply.ts';
import { parsed } from './block.ts';
import { writeCitation } from './citation.ts';
import { formatOf } from './media-format.ts';
import { toolUseId } from './names.ts';
import { writeFinish } from './stop-reason.ts';
import { writeUsage } from './usage.ts';

const dialect = 'bedrock-converse';

type BlockEvent = Extract<ReplyEvent, { block?: number }>;

function restoreToolUse(raw: JsonObject, events: readonly BlockEvent[]): JsonObject {
  const inner: JsonObject = { ...raw };
  for (const event of events) {
    if (event.type !== 'tool-call-delta') continue;
    if (event.id !== undefined) inner.toolUseId = event.id;
    if (event.name !== undefined) inner.name = event.name;
    if (event.arguments !== undefined) inner.input = parsed(event.arguments);
  }
  return inner;
}

function restoreReasoning(raw: JsonObject, events: readonly BlockEvent[]): JsonObject {
  const inner: JsonObject = { ...raw };
  const said: JsonObject | undefined = isObject(raw.reasoningText) ? { ...raw.reasoningText } : undefined;
  for (const event of events) {
    if (event.type === 'reasoning-redacted') inner.redactedContent = event.data;
    if (said === undefined) continue;
    if (event.type === 'reasoning-delta') said.text = event.text;
    if (event.type === 'reasoning-signature') said.signature = event.signature;
  }
  if (said !== undefined) inner.reasoningText = said;
  return inner;
}

function restoreBlock(raw: JsonValue, events: readonly BlockEvent[]): JsonValue {
  if (!isObject(raw)) return raw;
  const written: JsonObject = { ...raw };
  if (isObject(raw.toolUse)) written.toolUse = restoreToolUse(raw.toolUse, events);
  else if (isObject(raw.reasoningContent))
    written.reasoningContent = restoreReasoning(raw.reasoningContent, events);
  else if (Object.hasOwn(raw, 'text'))
    for (const event of events) if (event.type === 'text-delta') written.text = event.text;
  return written;
}

function restoreReply({ events, carry }: ReplyFrame): JsonObject {
  const written: JsonObject = { ...carriedFields(carry, dialect) };
  const { output } = written;
  if (isObject(output) && isObject(output.message) && Array.isArray(output.message.content)) {
    const byBlock = Map.groupBy(
      events.filter((event): event is BlockEvent => 'block' in event),
      ({ block }) => block,
    );
    const content = output.message.content.map((raw, at) => restoreBlock(raw, byBlock.get(at) ?? []));
    written.output = { ...output, message: { ...output.message, content } };
  }
  for (const event of events)
    if (event.type === 'choice-finish' && event.native !== undefined) written.stopReason = event.native;
  return written;
}

/** A plain text of a custom tool is the one argument its function has. */
export function inputOf({ kind, arguments: text }: Pick<FoldedToolCall, 'kind' | 'arguments'>): JsonValue {
  if (kind === 'custom') return { input: text };
  return text.trim() === '' ? {} : parsed(text);
}

/** Clients tell calls apart by their ids, so one without gets one. */
export function callId(id: string | undefined, index: number): string {
  return id === undefined || id === '' ? `tooluse_${index}` : toolUseId(id);
}

function writeBlock(block: FoldedBlock, losses: Losses): JsonObject[] {
  switch (block.type) {
    case 'text':
      if (block.citations.length > 0)
        return [
          {
            citationsContent: {
              content: [{ text: block.text }],
              citations: block.citations.map(writeCitation),
            },
          },
        ];
      return block.text === '' ? [] : [{ text: block.text }];
    case 'refusal':
      return block.text === '' ? [] : [{ text: block.text }];
    case 'reasoning': {
      if (block.redacted !== undefined) return [{ reasoningContent: { redactedContent: block.redacted } }];
      const { text, signature } = block;
      return [
        { reasoningContent: { reasoningText: { text, ...(signature !== undefined && { signature }) } } },
      ];
    }
    case 'tool-call': {
      const { id, index, name } = block;
      return [{ toolUse: { toolUseId: callId(id, index), name, input: inputOf(block) } }];
    }
    case 'media': {
      const format = formatOf(block.kind, block.mediaType);
      if (format !== undefined) return [{ [block.kind]: { format, source: { bytes: block.data } } }];
      losses.add(`${block.kind} of the type ${block.mediaType}`);
      return [];
    }
  }
}

/** What no reply of Converse's can say, whole or streamed. */
export function reportUnsaid(event: ReplyEvent, losses: Losses): void {
  if (event.type === 'other') losses.add(event.what);
  else if (event.type === 'usage') {
    if (event.usage.reasoningTokens) losses.add('usage of reasoning');
    const { audioInputTokens, audioOutputTokens, imageInputTokens, imageOutputTokens } = event.usage;
    if ([audioInputTokens, audioOutputTokens, imageInputTokens, imageOutputTokens].some((count) => count))
      losses.add('usage of media');
  } else if (event.type === 'refusal-delta' && event.text !== '') losses.add('refusal (sent as text)');
  else if (event.type === 'tool-call-delta' && event.kind === 'custom')
    losses.add('custom tool call (sent as a function call)');
  else if (event.type === 'citation' && event.citation.start !== undefined) losses.add('citation span');
  if (event.type === 'logprobs') losses.add('logprobs');
  if (event.type !== 'usage' && event.choice > 0) losses.add('choices after the first');
}

export function writeReply(frame: ReplyFrame, losses: Losses): JsonObject {
  if (frame.carry.dialect === dialect) return restoreReply(frame);
  for (const event of frame.events) reportUnsaid(event, losses);
  const { choices, usage } = foldReply([frame]);
  const [choice] = choices;
  const content = (choice?.blocks ?? []).flatMap((block) => writeBlock(block, losses));
  return {
    output: { message: { role: 'assistant', content } },
    ...writeFinish(choice?.finish),
    usage: writeUsage(usage),
    // Required, and known to nobody here: the time is the provider's own.
    metrics: { latencyMs: 0 },
  };
}
