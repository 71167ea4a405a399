/** What a call to a misbehaving upstream has to come to, and the check of a reply against it. */
import { expect } from 'bun:test';
import type { Reply } from './reply.ts';

export type UpstreamFailure =
  | 'upstream_unreachable'
  | 'upstream_timeout'
  | 'upstream_malformed'
  | 'upstream_incomplete'
  | 'upstream_too_large'
  | 'upstream_redirect'
  | 'upstream_auth_failed';

/** Whether the client had events before the failure: an HTTP status can only say it when none were sent. */
export type Begun = 'never' | 'maybe' | 'always';

export type Expectation =
  | { readonly kind: 'fails'; readonly codes: readonly string[]; readonly begun: Begun }
  /** The upstream's own error is told in its words. */
  | { readonly kind: 'tells'; readonly message: string; readonly begun: Begun }
  | { readonly kind: 'answers'; readonly content: string }
  /** Any outcome but an internal error. */
  | { readonly kind: 'defined' };

export const fails = (code: UpstreamFailure | UpstreamFailure[], begun: Begun = 'never'): Expectation => ({
  kind: 'fails',
  codes: [code].flat(),
  begun,
});
export const tells = (message: string, begun: Begun = 'never'): Expectation => ({
  kind: 'tells',
  message,
  begun,
});
export const answers = (content: string): Expectation => ({ kind: 'answers', content });
export const defined: Expectation = { kind: 'defined' };

function expectErrorShape(reply: Reply): void {
  expect(reply.error).toEqual({
    message: expect.any(String),
    type: expect.any(String),
    param: reply.error?.param === null ? null : expect.any(String),
    code: reply.error?.code === null ? null : expect.any(String),
  });
  expect(reply.doneCount).toBe(0);
  expect(reply.headers.get('x-request-id')).toBeTruthy();
  expect(reply.text).not.toMatch(/\.ts:\d|\bat async\b|node_modules|\$bunfs/);
}

function expectFailure(reply: Reply, begun: Begun): void {
  expectErrorShape(reply);
  if (begun === 'always')
    expect({ status: reply.status, isStream: reply.isStream }).toEqual({ status: 200, isStream: true });
  if (begun === 'never') expect(reply.isStream).toBe(false);
  if (begun === 'always') expect(reply.events.length).toBeGreaterThan(1);
  if (!reply.isStream) expect(reply.status).toBeGreaterThanOrEqual(400);
}

export function expectOutcome(reply: Reply, expected: Expectation): void {
  if (expected.kind === 'answers') {
    expect({ status: reply.status, error: reply.error }).toEqual({ status: 200, error: undefined });
    expect(reply.content.length).toBe(expected.content.length);
    expect(reply.content === expected.content).toBe(true);
    expect(reply.doneCount).toBe(reply.isStream ? 1 : 0);
  } else if (expected.kind === 'fails') {
    expect(expected.codes).toContain(
      reply.error?.code ?? `status ${reply.status}: ${reply.text.slice(0, 300)}`,
    );
    expectFailure(reply, expected.begun);
    if (!reply.isStream) expect(reply.status).toBe(reply.error?.code === 'upstream_timeout' ? 504 : 502);
  } else if (expected.kind === 'tells') {
    expect(reply.error?.message ?? `status ${reply.status}: ${reply.text.slice(0, 300)}`).toContain(
      expected.message,
    );
    expectFailure(reply, expected.begun);
  } else {
    expect(reply.status).not.toBe(500);
    expect(reply.error?.code).not.toBe('internal_error');
    if (reply.error) expectErrorShape(reply);
  }
}
