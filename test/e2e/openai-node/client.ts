/** The openai npm package pointed at the gateway by base URL alone, and the errors it throws. */
import OpenAI, { APIError, type ClientOptions } from 'openai';
import { rootKey } from '../../support/gateway.ts';
import type { Stage } from '../../support/stage.ts';

export const clientOf = (stage: Stage, options: ClientOptions = {}): OpenAI =>
  new OpenAI({ baseURL: stage.baseURL, apiKey: rootKey, maxRetries: 0, ...options });

export type ErrorClass = abstract new (...args: never[]) => unknown;

export const hello = [{ role: 'user' as const, content: 'hello there' }];

export async function thrownBy(call: PromiseLike<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error('the call was expected to fail, but it gave a reply');
}

/** What the gateway told, as the SDK's exception holds it. */
export async function apiErrorBy(call: PromiseLike<unknown>): Promise<InstanceType<typeof APIError>> {
  const error = await thrownBy(call);
  if (!(error instanceof APIError)) throw error;
  return error;
}

export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of stream) all.push(item);
  return all;
}

/** A body that the SDK would not write itself, sent by the SDK. */
export const postRaw = (client: OpenAI, path: string, body: string): Promise<unknown> =>
  client.post(path, { body, headers: { 'content-type': 'application/json' } });
