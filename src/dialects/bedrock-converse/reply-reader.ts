/** A whole Converse reply as one frame: typed events, and a carry with their seats. */
import { take, takeString } from '../../core/carry.ts';
import type { UpstreamRefusal } from '../../core/errors.ts';
import { isObject, type JsonObject, type JsonValue, stringOf } from '../../core/json.ts';
import type { ChoiceFinish, ReplyEvent, ReplyFrame } from '../../core/reply.ts';
import { isServerTool } from './block.ts';
import { readCitation } from './citation.ts';
import { mediaTypeOf } from './media-format.ts';
import { finishReason, isMalformed } from './stop-reason.ts';
import { readUsage } from './usage.ts';

const dialect = 'bedrock-converse';

function otherwise(raw: JsonValue, block: number): ReplyEvent {
  const what = isObject(raw) ? (Object.keys(raw)[0] ?? 'an empty block') : 'a block that is no object';
  return { type: 'other', choice: 0, block, what };
}

/** What a model wrote that is no reply: a success in Converse's own words, a failure in any other API's. */
function malformedReply(native: string): UpstreamRefusal {
  return {
    shape: 'bedrock-converse',
    status: 502,
    message: `The model's output was malformed (${native}).`,
    type: 'ModelErrorException',
    code: native,
    param: null,
    rest: {},
  };
}

export function readFinish(native: string, extra: JsonValue | undefined): ChoiceFinish {
  const stopSequence = isObject(extra) ? stringOf(extra.stop_sequence) : undefined;
  return {
    type: 'choice-finish',
    choice: 0,
    reason: finishReason(native),
    native,
    ...(stopSequence !== undefined && { stopSequence }),
    ...(isMalformed(native) && { failure: malformedReply(native) }),
  };
}

class BlockReader {
  readonly events: ReplyEvent[] = [];
  #calls = 0;

  read(raw: JsonValue, block: number): JsonValue {
    if (!isObject(raw)) return raw;
    const fields: JsonObject = { ...raw };
    if (typeof fields.text === 'string')
      this.events.push({ type: 'text-delta', choice: 0, block, text: take(fields, 'text') as string });
    else if (isObject(fields.toolUse) && !isServerTool(fields.toolUse))
      fields.toolUse = this.#toolUse(fields.toolUse, block);
    else if (isObject(fields.reasoningContent))
      fields.reasoningContent = this.#reasoning(fields.reasoningContent, block);
    else if (isObject(fields.citationsContent)) this.#cited(fields.citationsContent, block);
    else if (isObject(fields.image)) this.#media('image', fields.image, block);
    else if (isObject(fields.audio)) this.#media('audio', fields.audio, block);
    else this.events.push(otherwise(raw, block));
    return fields;
  }

  #toolUse(raw: JsonObject, block: number): JsonObject {
    const inner: JsonObject = { ...raw };
    const id = takeString(inner, 'toolUseId');
    const name = takeString(inner, 'name');
    const input = take(inner, 'input');
    this.events.push({
      type: 'tool-call-delta',
      choice: 0,
      block,
      index: this.#calls++,
      ...(id !== undefined && { id }),
      ...(name !== undefined && { name }),
      ...(input !== undefined && { arguments: JSON.stringify(input) }),
    });
    return inner;
  }

  #reasoning(raw: JsonObject, block: number): JsonObject {
    const inner: JsonObject = { ...raw };
    const data = takeString(inner, 'redactedContent');
    if (data !== undefined) this.events.push({ type: 'reasoning-redacted', choice: 0, block, data });
    if (!isObject(inner.reasoningText)) return inner;
    const said: JsonObject = { ...inner.reasoningText };
    const text = takeString(said, 'text');
    if (text !== undefined) this.events.push({ type: 'reasoning-delta', choice: 0, block, text });
    const signature = takeString(said, 'signature');
    if (signature !== undefined)
      this.events.push({ type: 'reasoning-signature', choice: 0, block, signature });
    inner.reasoningText = said;
    return inner;
  }

  /** Observed, not taken: how the text falls into pieces is Converse's own. */
  #cited({ content, citations }: JsonObject, block: number): void {
    for (const piece of Array.isArray(content) ? content : [])
      if (isObject(piece) && typeof piece.text === 'string')
        this.events.push({ type: 'text-delta', choice: 0, block, text: piece.text });
    for (const raw of Array.isArray(citations) ? citations : [])
      if (isObject(raw))
        this.events.push({ type: 'citation', choice: 0, block, citation: readCitation(raw) });
  }

  #media(kind: 'image' | 'audio', raw: JsonObject, block: number): void {
    const { source } = raw;
    const format = stringOf(raw.format) ?? '';
    if (isObject(source) && typeof source.bytes === 'string')
      this.events.push({
        type: 'media',
        kind,
        choice: 0,
        block,
        mediaType: mediaTypeOf(kind, format) ?? `${kind}/${format}`,
        data: source.bytes,
      });
    else this.events.push(otherwise({ [kind]: raw }, block));
  }
}

export function readReply(json: JsonObject): ReplyFrame {
  const fields: JsonObject = { ...json };
  const reader = new BlockReader();
  const { events } = reader;
  const message = isObject(fields.output) ? fields.output.message : undefined;
  if (isObject(fields.output) && isObject(message) && Array.isArray(message.content)) {
    const content = message.content.map((raw, block) => reader.read(raw, block));
    fields.output = { ...fields.output, message: { ...message, content } };
  }
  const native = takeString(fields, 'stopReason');
  if (native !== undefined) events.push(readFinish(native, fields.additionalModelResponseFields));
  const usage = readUsage(fields.usage);
  if (usage !== undefined) events.push({ type: 'usage', usage });
  return { events, carry: { dialect, fields } };
}
