/** OpenAI Responses, as its own servers send it. */
import type { Format } from './format.ts';
import { openaiChatFormat } from './openai-chat.ts';
import {
  type Block,
  dataSize,
  isRecord,
  newId,
  offered,
  pieces,
  records,
  textIn,
  usage,
} from './scenario.ts';

const counts = {
  input_tokens: usage.input,
  input_tokens_details: { cached_tokens: usage.cached },
  output_tokens: usage.output,
  output_tokens_details: { reasoning_tokens: usage.reasoning },
  total_tokens: usage.input + usage.output,
};

type Item = Record<string, unknown> & { id: string };

function itemOf(block: Block): Item {
  if (block.type === 'text')
    return {
      type: 'message',
      id: newId('msg_'),
      status: 'completed',
      role: 'assistant',
      content: [{ type: 'output_text', text: block.text, annotations: [], logprobs: [] }],
    };
  if (block.type === 'thought')
    return {
      type: 'reasoning',
      id: newId('rs_'),
      summary: [{ type: 'summary_text', text: block.text }],
      encrypted_content: block.signature,
    };
  if (block.plain !== undefined)
    return {
      type: 'custom_tool_call',
      id: newId('ctc_'),
      status: 'completed',
      call_id: block.id,
      name: block.name,
      input: block.plain,
    };
  return {
    type: 'function_call',
    id: newId('fc_'),
    status: 'completed',
    call_id: block.id,
    name: block.name,
    arguments: JSON.stringify(block.input),
  };
}

function responseOf(output: readonly Item[], model: string) {
  return {
    id: newId('resp_'),
    object: 'response',
    created_at: 1767225600,
    status: 'completed',
    background: false,
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    model,
    output,
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

function eventsOf(block: Block, item: Item, at: number): object[] {
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
  if (block.plain !== undefined)
    return [
      {
        type: 'response.output_item.added',
        output_index: at,
        item: { ...item, status: 'in_progress', input: '' },
      },
      ...pieces(block.plain).map((delta) => ({
        type: 'response.custom_tool_call_input.delta',
        ...place,
        delta,
      })),
      { type: 'response.custom_tool_call_input.done', ...place, input: block.plain },
      done,
    ];
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

/** Tools stand in the request or, for the newest models, in an item of its input; and in namespaces. */
function tools(tool: Record<string, unknown>): Record<string, unknown>[] {
  return tool.type === 'namespace' ? records(tool.tools) : [tool];
}

function toolLists(body: Record<string, unknown>): Record<string, unknown>[] {
  return [body, ...records(body.input)].flatMap((holder) => records(holder.tools));
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
        .filter(({ type }) => type === 'function_call_output' || type === 'custom_tool_call_output')
        .map(({ output }) => textIn(output)),
      images: parts.flatMap(({ image_url: url }) => dataSize(url)),
      hasSchema: format.type === 'json_schema',
      tools: toolLists(body)
        .flatMap(tools)
        .map((tool) => ({
          ...offered(tool, tool.parameters),
          isCustom: tool.type === 'custom',
        })),
      signatures: items.map(({ encrypted_content: content }) => String(content)),
    };
  },
  whole: (said, model) => responseOf(said.blocks.map(itemOf), model),
  stream(said, model) {
    const items = said.blocks.map(itemOf);
    const whole = responseOf(items, model);
    const begun = { ...whole, status: 'in_progress', output: [], usage: null };
    const events = [
      { type: 'response.created', response: begun },
      { type: 'response.in_progress', response: begun },
      ...said.blocks.flatMap((block, at) => eventsOf(block, items[at] ?? itemOf(block), at)),
      { type: 'response.completed', response: whole },
    ] as { type: string }[];
    return events.map(
      (event, at) => `event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: at })}\n\n`,
    );
  },
  streamType: 'text/event-stream; charset=utf-8',
  fail: openaiChatFormat.fail,
};
