/** Bedrock Converse, as its own servers send it. */
import type { Format } from './format.ts';
import { type Block, isRecord, offered, pieces, records, type Said, usage } from './scenario.ts';

/** Bedrock counts cached input beside the rest, not in it. */
const counts = {
  inputTokens: usage.input - usage.cached,
  outputTokens: usage.output,
  totalTokens: usage.input + usage.output,
  cacheReadInputTokens: usage.cached,
  cacheWriteInputTokens: 0,
};

function blockOf(block: Block): object {
  if (block.type === 'text') return { text: block.text };
  if (block.type === 'thought')
    return { reasoningContent: { reasoningText: { text: block.text, signature: block.signature } } };
  return { toolUse: { toolUseId: block.id, name: block.name, input: block.input } };
}

function stopReason({ blocks }: Said): string {
  return blocks.some(({ type }) => type === 'call') ? 'tool_use' : 'end_turn';
}

/** One frame of the event stream (its published encoding): lengths, headers, payload (JSON, or bytes as they are), CRC-32s. */
export function frame(type: string, payload: unknown, messageType = 'event'): Uint8Array {
  const header = (name: string, value: string) => {
    const bytes = Buffer.from(value);
    const head = Buffer.alloc(name.length + 4);
    head[0] = name.length;
    head.write(name, 1, 'latin1');
    head[name.length + 1] = 7;
    head.writeUInt16BE(bytes.length, name.length + 2);
    return Buffer.concat([head, bytes]);
  };
  const kind = messageType === 'event' ? ':event-type' : ':exception-type';
  const headers = Buffer.concat([
    header(kind, type),
    header(':content-type', 'application/json'),
    header(':message-type', messageType),
  ]);
  const body = payload instanceof Uint8Array ? Buffer.from(payload) : Buffer.from(JSON.stringify(payload));
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(16 + headers.length + body.length, 0);
  prelude.writeUInt32BE(headers.length, 4);
  prelude.writeUInt32BE(Bun.hash.crc32(prelude.subarray(0, 8)), 8);
  const all = Buffer.concat([prelude, headers, body]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(Bun.hash.crc32(all));
  return Buffer.concat([all, checksum]);
}

function framesOf(block: Block, contentBlockIndex: number): Uint8Array[] {
  const delta = (fields: object) =>
    frame('contentBlockDelta', { contentBlockIndex, delta: fields, p: 'abc' });
  const stop = frame('contentBlockStop', { contentBlockIndex });
  if (block.type === 'text') return [...pieces(block.text).map((text) => delta({ text })), stop];
  if (block.type === 'thought')
    return [
      ...pieces(block.text).map((text) => delta({ reasoningContent: { text } })),
      delta({ reasoningContent: { signature: block.signature } }),
      stop,
    ];
  const { id, name, input } = block;
  return [
    frame('contentBlockStart', { contentBlockIndex, start: { toolUse: { toolUseId: id, name } } }),
    ...pieces(JSON.stringify(input)).map((piece) => delta({ toolUse: { input: piece } })),
    stop,
  ];
}

const exceptions: Readonly<Record<number, string>> = {
  404: 'ResourceNotFoundException',
  429: 'ThrottlingException',
  503: 'ServiceUnavailableException',
};

export const bedrockConverseFormat: Format = {
  match(path) {
    const [, model, verb] = /\/model\/([^/]+)\/(converse|converse-stream)$/.exec(path) ?? [];
    if (model === undefined) return undefined;
    return { model: decodeURIComponent(model), stream: verb === 'converse-stream' };
  },
  idPrefix: 'tooluse_',
  look(body) {
    const blocks = records(body.messages).flatMap(({ content }) => records(content));
    const results = blocks.flatMap(({ toolResult }) => (isRecord(toolResult) ? [toolResult] : []));
    const inner = results.flatMap(({ content }) => records(content));
    const format =
      isRecord(body.outputConfig) && isRecord(body.outputConfig.textFormat)
        ? body.outputConfig.textFormat
        : {};
    return {
      results: results.map(({ content }) =>
        records(content)
          .map(({ text, json }) =>
            typeof text === 'string' ? text : json === undefined ? '' : JSON.stringify(json),
          )
          .join(''),
      ),
      images: [...blocks, ...inner].flatMap(({ image }) =>
        isRecord(image) && isRecord(image.source) ? [String(image.source.bytes).length] : [],
      ),
      hasSchema: format.type === 'json_schema',
      tools: records(isRecord(body.toolConfig) ? body.toolConfig.tools : []).flatMap(({ toolSpec }) =>
        isRecord(toolSpec)
          ? [offered(toolSpec, isRecord(toolSpec.inputSchema) ? toolSpec.inputSchema.json : undefined)]
          : [],
      ),
      signatures: blocks.map(({ reasoningContent }) =>
        isRecord(reasoningContent) && isRecord(reasoningContent.reasoningText)
          ? String(reasoningContent.reasoningText.signature)
          : '',
      ),
    };
  },
  whole: (said) => ({
    output: { message: { role: 'assistant', content: said.blocks.map(blockOf) } },
    stopReason: stopReason(said),
    usage: counts,
    metrics: { latencyMs: 12 },
  }),
  stream: (said) => [
    frame('messageStart', { role: 'assistant' }),
    ...said.blocks.flatMap(framesOf),
    frame('messageStop', { stopReason: stopReason(said) }),
    frame('metadata', { usage: counts, metrics: { latencyMs: 12 } }),
  ],
  streamType: 'application/vnd.amazon.eventstream',
  fail: ({ status, message }) => ({
    body: { message },
    headers: { 'x-amzn-errortype': exceptions[status] ?? 'InternalServerException' },
  }),
};
