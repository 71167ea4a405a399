/** Facing Google: paths, and how its replies, streams and errors are read. */
import type { SpeakHalf } from '../dialect.ts';
import { SseDecoder } from '../sse-decoder.ts';
import { readFailure, readRefusal } from './error.ts';
import { createStreamReader, ReplyReader } from './reply-reader.ts';

const collection = /^(models|tunedModels)\//;

/** The model's name as a resource, in `body` form. */
export function resourceOf(model: string): string {
  return collection.test(model) ? model : `models/${model}`;
}

/**
 * The path of a verb on a model, which may be named with its collection. The rest is one path segment with the verb at its
 * end: nothing a client writes there can leave it.
 */
export function pathOf(model: string, verb: string): string {
  const [, named = 'models'] = collection.exec(model) ?? [];
  const name = model.replace(collection, '').toWellFormed();
  return `/${named}/${encodeURIComponent(name)}:${verb}`;
}

export function speakGemini(path: SpeakHalf['path'], writeRequest: SpeakHalf['writeRequest']): SpeakHalf {
  return {
    path,
    writeRequest,
    readReply: (json) => new ReplyReader().read(json),
    createStreamReader,
    readRefusal,
    readFailure,
    streamType: 'text/event-stream',
    createDecoder: (maxEventBytes) => new SseDecoder(maxEventBytes),
  };
}
