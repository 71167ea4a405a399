/** What browsers say among the subprotocols. */
import { describe, expect, test } from 'bun:test';
import { chosenProtocol, spokenHeader } from '../../../src/pipeline/websocket/subprotocols.ts';

const offer = (text: string) => new Headers(text === '' ? {} : { 'sec-websocket-protocol': text });

describe('chosenProtocol', () => {
  test.each([
    ['', ''],
    ['realtime', 'realtime'],
    ['openai-insecure-api-key.k, realtime', 'realtime'],
    ['other, realtime', 'realtime'],
    ['other, another', 'other'],
    ['openai-insecure-api-key.k', ''],
    ['openai-beta.realtime-v1, openai-insecure-api-key.k', ''],
    ['openai-project.p, other', 'other'],
  ])('of %j is %j', (offered, chosen) => {
    expect(chosenProtocol(offer(offered))).toBe(chosen);
  });
});

describe('spokenHeader', () => {
  test.each([
    ['openai-beta', 'realtime, openai-beta.realtime-v1', 'realtime=v1'],
    ['openai-beta', 'openai-beta.a-v2-b', 'a-v2-b'],
    ['openai-organization', 'openai-organization.org-1', 'org-1'],
    ['openai-project', 'openai-project.proj_1', 'proj_1'],
    ['openai-project', 'realtime', undefined],
    ['authorization', 'authorization.x', undefined],
  ])('%s of %j is %p', (name, offered, said) => {
    expect(spokenHeader(offer(offered), name)).toBe(said);
  });
});
