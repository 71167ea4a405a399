/** Anthropic Messages, as its own servers send it. */
import type { Format } from './format.ts';
import {
  type Block,
  isRecord,
  newId,
  offered,
  pieces,
  records,
  type Said,
  textIn,
  usage,
} from './scenario.ts';

/** Anthropic counts cached input beside the rest, not in it. */
const counts = {
  input_tokens: usage.input - usage.cached,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: usage.cached,
  output_tokens: usage.output,
};

function blockOf(block: Block): object {
  if (block.type === 'text') return { type: 'text', text: block.text };
  if (block.type === 'thought') return { type: 'thinking', thinking: block.text, signature: block.signature };
  return { type: 'tool_use', id: block.id, name: block.name, input: block.input };
}

function stopReason({ blocks }: Said): string {
  return blocks.some(({ type }) => type === 'call') ? 'tool_use' : 'end_turn';
}

function messageOf(said: Said, model: string) {
  return {
    id: newId('msg_'),
    type: 'message',
    role: 'assistant',
    model,
    content: said.blocks.map(blockOf),
    stop_reason: stopReason(said),
    stop_sequence: null,
    usage: counts,
  };
}

function eventsOf(block: Block, index: number): { type: string }[] {
  const delta = (fields: object) => ({ type: 'content_block_delta', index, delta: fields });
  const start = (fields: object) => ({ type: 'content_block_start', index, content_block: fields });
  const stop = { type: 'content_block_stop', index };
  if (block.type === 'text')
    return [
      start({ type: 'text', text: '' }),
      ...pieces(block.text).map((text) => delta({ type: 'text_delta', text })),
      stop,
    ];
  if (block.type === 'thought')
    return [
      start({ type: 'thinking', thinking: '', signature: '' }),
      ...pieces(block.text).map((thinking) => delta({ type: 'thinking_delta', thinking })),
      delta({ type: 'signature_delta', signature: block.signature }),
      stop,
    ];
  return [
    start({ type: 'tool_use', id: block.id, name: block.name, input: {} }),
    ...['', ...pieces(JSON.stringify(block.input))].map((partial) =>
      delta({ type: 'input_json_delta', partial_json: partial }),
    ),
    stop,
  ];
}

const errorTypes: Readonly<Record<number, string>> = {
  404: 'not_found_error',
  429: 'rate_limit_error',
  503: 'api_error',
};

export const anthropicMessagesFormat: Format = {
  match: (path) => (path.endsWith('/messages') ? {} : undefined),
  idPrefix: 'toolu_',
  look(body) {
    const blocks = records(body.messages).flatMap(({ content }) => records(content));
    const inner = blocks.flatMap(({ content }) => records(content));
    const format =
      isRecord(body.output_config) && isRecord(body.output_config.format) ? body.output_config.format : {};
    return {
      model: String(body.model),
      stream: body.stream === true,
      results: blocks.filter(({ type }) => type === 'tool_result').map(({ content }) => textIn(content)),
      images: [...blocks, ...inner].flatMap(({ type, source }) =>
        type === 'image' && isRecord(source) && typeof source.data === 'string' ? [source.data.length] : [],
      ),
      hasSchema: format.type === 'json_schema',
      tools: records(body.tools).map((tool) => offered(tool, tool.input_schema)),
      signatures: blocks.map(({ signature }) => String(signature)),
    };
  },
  whole: messageOf,
  stream(said, model) {
    const whole = messageOf(said, model);
    const events: { type: string }[] = [
      {
        type: 'message_start',
        message: { ...whole, content: [], stop_reason: null, usage: { ...counts, output_tokens: 1 } },
      } as { type: string },
      { type: 'ping' },
      ...said.blocks.flatMap(eventsOf),
      {
        type: 'message_delta',
        delta: { stop_reason: stopReason(said), stop_sequence: null },
        usage: { output_tokens: usage.output },
      } as { type: string },
      { type: 'message_stop' },
    ];
    return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  },
  streamType: 'text/event-stream; charset=utf-8',
  fail: ({ status, message }) => ({
    body: {
      type: 'error',
      error: { type: errorTypes[status] ?? 'api_error', message },
      request_id: 'req_wire',
    },
    headers: { 'request-id': 'req_wire' },
  }),
};
