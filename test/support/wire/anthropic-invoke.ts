/** Claude in Anthropic's own words through Bedrock's InvokeModel, as its servers send it. */
import { anthropicMessagesFormat } from './anthropic-messages.ts';
import { bedrockConverseFormat, frame } from './bedrock-converse.ts';
import type { Format } from './format.ts';

/** The event in server-sent events' `data`, in a frame of its own. */
function framed(event: string | Uint8Array): Uint8Array {
  const [, data = ''] = /^data: (.*)$/m.exec(String(event)) ?? [];
  return frame('chunk', { bytes: Buffer.from(data).toString('base64'), p: 'abc' });
}

export const anthropicInvokeFormat: Format = {
  ...anthropicMessagesFormat,
  match(path) {
    const [, model, verb] = /\/model\/([^/]+)\/(invoke|invoke-with-response-stream)$/.exec(path) ?? [];
    if (model === undefined) return undefined;
    return { model: decodeURIComponent(model), stream: verb !== 'invoke' };
  },
  stream: (said, model, body) => anthropicMessagesFormat.stream(said, model, body).map(framed),
  streamType: bedrockConverseFormat.streamType,
  fail: bedrockConverseFormat.fail,
};
