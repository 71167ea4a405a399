/** OpenAI Responses, as its own servers send it. */
import type { Format } from './format.ts';
import { openaiChatFormat } from './openai-chat.ts';
import { type Block, dataSize, isRecord, pieces, records, type Said, textIn, usage } from './scenario.ts';

const counts = {
  input_tokens: usage.input,
  input_tokens_details: { cached_tokens: usage.cached },
  output_tokens: usage.output,
  output_tokens_details: { reasoning_tokens: usage.reasoning },
  total_tokens: usage.input + usage.output,
};

type Item = Record<string, unknown> & { id: string };

function itemOf(block: Block, at: number): Item {
  if (block.type === 'text')
    return {
      type: 'message',
      id: `msg_${at}`,
      status: 'completed',
      role: 'assistant',
      content: [{ type: 'output_text', text: block.text, annotations: [], logprobs: [] }],
    };
  if (block.type === 'thought')
    return {
      type: 'reasoning',
      id: `rs_${at}`,
      summary: [{ type: 'summary_text', text: block.text }],
      encrypted_content: block.signature,
    };
  return {
    type: 'function_call',
    id: `fc_${at}`,
    status: 'completed',
    call_id: block.id,
    name: block.name,
    arguments: JSON.stringify(block.input),
  };
}

function responseOf(said: Said, model: string) {
  return {
    id: 'resp_wire',
    object: 'response',
    created_at: 1767225600,
    status: 'completed',
    background: false,
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    model,
    output: said.blocks.map(itemOf),
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: false,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    truncation: 'disabled',
    usage: counts,
  };
}

function eventsOf(block: Block, at: number): object[] {
  const item = itemOf(block, at);
  const place = { item_id: item.id, output_index: at };
  const done = { type: 'response.output_item.done', output_index: at, item };
  if (block.type === 'text') {
    const part = { type: 'output_text', text: '', annotations: [], logprobs: [] };
    const here = { ...place, content_index: 0 };
    return [
      {
        type: 'response.output_item.added',
        output_index: at,
        item: { ...item, status: 'in_progress', content: [] },
      },
      { type: 'response.content_part.added', ...here, part },
      ...pieces(block.text).map((delta) => ({
        type: 'response.output_text.delta',
        ...here,
        delta,
        logprobs: [],
      })),
      { type: 'response.output_text.done', ...here, text: block.text, logprobs: [] },
      { type: 'response.content_part.done', ...here, part: { ...part, text: block.text } },
      done,
    ];
  }
  if (block.type === 'thought') {
    const here = { ...place, summary_index: 0 };
    return [
      {
        type: 'response.output_item.added',
        output_index: at,
        item: { type: 'reasoning', id: item.id, summary: [] },
      },
      { type: 'response.reasoning_summary_part.added', ...here, part: { type: 'summary_text', text: '' } },
      ...pieces(block.text).map((delta) => ({
        type: 'response.reasoning_summary_text.delta',
        ...here,
        delta,
      })),
      { type: 'response.reasoning_summary_text.done', ...here, text: block.text },
      {
        type: 'response.reasoning_summary_part.done',
        ...here,
        part: { type: 'summary_text', text: block.text },
      },
      done,
    ];
  }
  const args = JSON.stringify(block.input);
  return [
    {
      type: 'response.output_item.added',
      output_index: at,
      item: { ...item, status: 'in_progress', arguments: '' },
    },
    ...pieces(args).map((delta) => ({ type: 'response.function_call_arguments.delta', ...place, delta })),
    { type: 'response.function_call_arguments.done', ...place, name: block.name, arguments: args },
    done,
  ];
}

export const openaiResponsesFormat: Format = {
  match: (path) => (path.endsWith('/responses') ? {} : undefined),
  idPrefix: 'call_',
  look(body) {
    const items = records(body.input);
    const parts = items.flatMap(({ content, output }) => [...records(content), ...records(output)]);
    const format = isRecord(body.text) && isRecord(body.text.format) ? body.text.format : {};
    return {
      model: String(body.model),
      stream: body.stream === true,
      results: items
        .filter(({ type }) => type === 'function_call_output')
        .map(({ output }) => textIn(output)),
      images: parts.flatMap(({ image_url: url }) => dataSize(url)),
      hasSchema: format.type === 'json_schema',
      hasTools: records(body.tools).length > 0,
      signatures: items.map(({ encrypted_content: content }) => String(content)),
    };
  },
  whole: responseOf,
  stream(said, model) {
    const whole = responseOf(said, model);
    const begun = { ...whole, status: 'in_progress', output: [], usage: null };
    const events = [
      { type: 'response.created', response: begun },
      { type: 'response.in_progress', response: begun },
      ...said.blocks.flatMap(eventsOf),
      { type: 'response.completed', response: whole },
    ] as { type: string }[];
    return events.map(
      (event, at) => `event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: at })}\n\n`,
    );
  },
  streamType: 'text/event-stream; charset=utf-8',
  fail: openaiChatFormat.fail,
};
