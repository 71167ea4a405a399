/** Claude on Bedrock's InvokeModel: Anthropic's words, streamed in AWS frames, with errors in Bedrock's own. */
import { anthropicMessagesFormat } from './anthropic-messages.ts';
import { bedrockConverseFormat, frame } from './bedrock-converse.ts';
import type { Format } from './format.ts';

const { look, whole, stream, idPrefix } = anthropicMessagesFormat;

/** The data of a server-sent event, in base64. */
function chunkOf(event: string | Uint8Array): Uint8Array {
  const [, data = ''] = /^data: (.*)$/m.exec(String(event)) ?? [];
  return frame('chunk', { bytes: Buffer.from(data).toString('base64'), p: 'abcd' });
}

export const bedrockInvokeFormat: Format = {
  match(path) {
    const [, model, verb] = /\/model\/([^/]+)\/(invoke|invoke-with-response-stream)$/.exec(path) ?? [];
    if (model === undefined) return undefined;
    return { model: decodeURIComponent(model), stream: verb === 'invoke-with-response-stream' };
  },
  idPrefix,
  look(body) {
    // The version stands in the body, what else the service wants to know in the path.
    if (body.anthropic_version !== 'bedrock-2023-05-31' || 'model' in body || 'stream' in body)
      throw new Error('InvokeModel refuses such a body');
    return look(body);
  },
  whole,
  stream: (said, model, body) => stream(said, model, body).map(chunkOf),
  streamType: bedrockConverseFormat.streamType,
  fail: bedrockConverseFormat.fail,
};
