/** OpenAI Chat, as its own servers send it. */
import type { Format } from './format.ts';
import {
  type Block,
  dataSize,
  isRecord,
  newId,
  offered,
  pieces,
  records,
  type Said,
  textIn,
  usage,
} from './scenario.ts';

const counts = {
  prompt_tokens: usage.input,
  completion_tokens: usage.output,
  total_tokens: usage.input + usage.output,
  prompt_tokens_details: { cached_tokens: usage.cached },
  completion_tokens_details: { reasoning_tokens: usage.reasoning },
};

function toolCall({ id, name, input, plain }: Block & { type: 'call' }) {
  return plain === undefined
    ? { id, type: 'function', function: { name, arguments: JSON.stringify(input) } }
    : { id, type: 'custom', custom: { name, input: plain } };
}

function finishOf({ blocks }: Said): string {
  return blocks.some(({ type }) => type === 'call') ? 'tool_calls' : 'stop';
}

function message({ blocks }: Said) {
  const calls = blocks.filter((block) => block.type === 'call').map(toolCall);
  const thoughts = blocks.filter((block) => block.type === 'thought');
  return {
    role: 'assistant',
    content: blocks.map((block) => (block.type === 'text' ? block.text : '')).join('') || null,
    refusal: null,
    ...(thoughts.length > 0 && {
      reasoning_content: thoughts.map(({ text }) => text).join(''),
      reasoning_details: thoughts.map(({ text, signature }, index) => ({
        type: 'reasoning.text',
        text,
        signature,
        index,
      })),
    }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}

function deltas({ blocks }: Said): object[] {
  let index = -1;
  return blocks.flatMap((block): object[] => {
    if (block.type === 'text') return pieces(block.text).map((content) => ({ content }));
    if (block.type === 'thought')
      return [
        ...pieces(block.text).map((piece) => ({ reasoning_content: piece })),
        {
          reasoning_details: [
            { type: 'reasoning.text', text: block.text, signature: block.signature, index: 0 },
          ],
        },
      ];
    index++;
    const { id, name, input, plain } = block;
    const [type, key] = plain === undefined ? ['function', 'arguments'] : ['custom', 'input'];
    return [
      { tool_calls: [{ index, id, type, [type]: { name, [key]: '' } }] },
      ...pieces(plain ?? JSON.stringify(input)).map((piece) => ({
        tool_calls: [{ index, [type]: { [key]: piece } }],
      })),
    ];
  });
}

export const openaiChatFormat: Format = {
  match: (path) => (path.endsWith('/chat/completions') ? {} : undefined),
  idPrefix: 'call_',
  look(body) {
    const messages = records(body.messages);
    const parts = messages.flatMap(({ content }) => records(content));
    return {
      model: String(body.model),
      stream: body.stream === true,
      results: messages.filter(({ role }) => role === 'tool').map(({ content }) => textIn(content)),
      images: parts.flatMap(({ image_url: image }) => (isRecord(image) ? dataSize(image.url) : [])),
      hasSchema: isRecord(body.response_format) && body.response_format.type === 'json_schema',
      tools: records(body.tools).flatMap(({ function: json, custom: plain }) => {
        if (isRecord(json)) return [offered(json, json.parameters)];
        return isRecord(plain) ? [{ ...offered(plain, undefined), isCustom: true }] : [];
      }),
      signatures: messages.flatMap(({ reasoning_details: details }) =>
        records(details).map(({ signature }) => String(signature)),
      ),
    };
  },
  whole: (said, model) => ({
    id: newId('chatcmpl-'),
    object: 'chat.completion',
    created: 1767225600,
    model,
    choices: [{ index: 0, message: message(said), logprobs: null, finish_reason: finishOf(said) }],
    usage: counts,
  }),
  stream(said, model, body) {
    const head = { id: newId('chatcmpl-'), object: 'chat.completion.chunk', created: 1767225600, model };
    const chunk = (delta: object, finish: string | null = null) => ({
      ...head,
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    });
    const asked = isRecord(body.stream_options) && body.stream_options.include_usage === true;
    const chunks: object[] = [
      chunk({ role: 'assistant', content: '', refusal: null }),
      ...deltas(said).map((delta) => chunk(delta)),
      chunk({}, finishOf(said)),
      ...(asked ? [{ ...head, choices: [], usage: counts }] : []),
    ];
    return [...chunks.map((data) => `data: ${JSON.stringify(data)}\n\n`), 'data: [DONE]\n\n'];
  },
  streamType: 'text/event-stream; charset=utf-8',
  fail: ({ status, message: words }) => ({
    body: {
      error: {
        message: words,
        type: status === 429 ? 'requests' : status === 404 ? 'invalid_request_error' : 'server_error',
        param: null,
        code: status === 429 ? 'rate_limit_exceeded' : status === 404 ? 'model_not_found' : null,
      },
    },
  }),
};
