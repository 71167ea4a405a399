/** Gemini, as its own servers send it. */
import type { Format } from './format.ts';
import { type Block, isRecord, newId, offered, pieces, records, type Said, usage } from './scenario.ts';

const usageMetadata = {
  promptTokenCount: usage.input,
  candidatesTokenCount: usage.output - usage.reasoning,
  thoughtsTokenCount: usage.reasoning,
  cachedContentTokenCount: usage.cached,
  totalTokenCount: usage.input + usage.output,
};

/** The signature comes with the first part after the thought. */
function partsOf({ blocks }: Said): object[] {
  let signature: string | undefined;
  return blocks.map((block: Block): object => {
    if (block.type === 'thought') {
      signature = block.signature;
      return { text: block.text, thought: true };
    }
    const signed = signature === undefined ? {} : { thoughtSignature: signature };
    signature = undefined;
    if (block.type === 'text') return { text: block.text, ...signed };
    return { functionCall: { name: block.name, args: block.input }, ...signed };
  });
}

/** Text comes a few words at a time, everything else whole; a signature comes with the last piece. */
function inPieces(part: object): object[] {
  if (!('text' in part) || typeof part.text !== 'string') return [part];
  const { text, ...rest } = part as { text: string; thoughtSignature?: string };
  const { thoughtSignature: _, ...plain } = rest;
  const cut = pieces(text);
  return cut.map((piece, at) => ({ text: piece, ...(at === cut.length - 1 ? rest : plain) }));
}

function replyOf(parts: object[], model: string, responseId: string, finish?: string) {
  return {
    candidates: [
      { content: { parts, role: 'model' }, ...(finish !== undefined && { finishReason: finish }), index: 0 },
    ],
    usageMetadata,
    modelVersion: model,
    responseId,
  };
}

/** Google's own words for a status. */
const statuses: Readonly<Record<number, string>> = {
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
};

/** Google takes both spellings of a field; tool arguments and results are the caller's own and stay. */
function camelCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCased);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const name = key.replaceAll(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());
      return [name, name === 'args' || name === 'response' ? inner : camelCased(inner)];
    }),
  );
}

function resultText(response: unknown): string {
  if (!isRecord(response)) return '';
  // Whatever name a client gives to what its tool said.
  const said = response.output ?? response.result ?? response.content ?? response.error ?? response;
  return typeof said === 'string' ? said : JSON.stringify(said);
}

export const geminiFormat: Format = {
  match(path) {
    const [, model, verb] = /\/models\/(.+):(generateContent|streamGenerateContent)$/.exec(path) ?? [];
    if (model === undefined) return undefined;
    return { model: decodeURIComponent(model), stream: verb === 'streamGenerateContent' };
  },
  idPrefix: 'none_',
  look(sent) {
    const body = camelCased(sent) as Record<string, unknown>;
    const parts = records(body.contents).flatMap(({ parts: inner }) => records(inner));
    const nested = parts.flatMap(({ functionResponse: result }) =>
      isRecord(result) ? records(result.parts) : [],
    );
    const config = isRecord(body.generationConfig) ? body.generationConfig : {};
    return {
      results: parts.flatMap(({ functionResponse: result }) =>
        isRecord(result) ? [resultText(result.response)] : [],
      ),
      images: [...parts, ...nested].flatMap(({ inlineData: media }) =>
        isRecord(media) && String(media.mimeType).startsWith('image/') ? [String(media.data).length] : [],
      ),
      hasSchema: config.responseJsonSchema !== undefined || config.responseSchema !== undefined,
      tools: records(body.tools).flatMap(({ functionDeclarations }) =>
        records(functionDeclarations).map((one) => offered(one, one.parametersJsonSchema ?? one.parameters)),
      ),
      signatures: parts.map(({ thoughtSignature }) => String(thoughtSignature)),
    };
  },
  whole: (said, model) => replyOf(partsOf(said), model, newId(''), 'STOP'),
  stream(said, model) {
    const parts = partsOf(said).flatMap(inPieces);
    const responseId = newId('');
    const chunks = parts.map((part, at) =>
      replyOf([part], model, responseId, at === parts.length - 1 ? 'STOP' : undefined),
    );
    return chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`);
  },
  streamType: 'text/event-stream',
  fail: ({ status, message }) => ({
    body: { error: { code: status, message, status: statuses[status] ?? 'INTERNAL' } },
  }),
};
