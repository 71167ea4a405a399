/** One request to the administration of a running gateway. */
import { isObject, parseObject, stringOf } from '../../core/json.ts';
import type { Secret } from '../../core/secret.ts';

const timeoutMs = 30_000;

export interface GatewayAddress {
  readonly base: string;
  readonly rootKey: Secret;
}

export interface Answer {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>>;
}

export async function ask(
  { base, rootKey }: GatewayAddress,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
  const response = await fetch(base + path, {
    method,
    headers: { authorization: `Bearer ${rootKey.reveal()}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    // A key must not follow wherever it is sent.
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  });
  return { status: response.status, json: parseObject(await response.text()) ?? {} };
}

export function complaintOf({ status, json }: Answer): string {
  const error = isObject(json.error) ? json.error : {};
  return `${stringOf(error.message) ?? `the gateway answered with status ${status}.`}`;
}
