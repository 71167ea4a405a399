/** Claude Code edits a file through upstreams of every family. */
import { describe, expect, test } from 'bun:test';
import { isRecord, records } from '../../support/wire/scenario.ts';
import { agentSuite, count, expectBytesKept, expectSignaturesBack, turns, warnings } from './suite.ts';

const own = 'claude-sonnet-4-5';
const newest = 'anthropic/claude-opus-5-5';
const invoke = 'bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0';
/** Its name does not tell what model is behind it: only Converse will do. */
const converse = 'bedrock/arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123';
const chat = 'chat/my-model';
const responses = 'respond/my-model';
const gemini = 'gemini/gemini-3-pro';
const translated = [converse, chat, responses, gemini];

const billing = 'x-anthropic-billing-header';
const runs = [own, newest, invoke, ...translated].map((model) => ({ agent: 'claude-code', model }) as const);

agentSuite('Claude Code', runs, (find) => {
  test.each([own, newest])('%s: the body arrives to the byte', (model) => expectBytesKept(find(model)));

  test('through InvokeModel its own words arrive', () => {
    const { sent, arrived } = find(invoke);
    expect(arrived.map(({ format }) => format)).toEqual(sent.map(() => 'bedrock-invoke'));
    for (const [at, { body }] of arrived.entries()) {
      const { model: _model, stream: _stream, ...asked } = JSON.parse(sent[at]?.text ?? '') as typeof body;
      expect(body).toMatchObject(asked);
    }
  });

  test.each([own, newest, invoke, converse, chat, responses])('%s: signatures come back', (model) =>
    expectSignaturesBack(find(model)),
  );

  test('no call goes to Gemini without a signature', () => {
    const parts = turns(find(gemini))
      .flatMap(({ body }) => records(body.contents))
      .flatMap((content) => records(content.parts));
    const calls = parts.filter(({ functionCall }) => isRecord(functionCall));
    expect(calls.length).toBeGreaterThan(0);
    for (const call of calls) expect(call).toHaveProperty('thoughtSignature');
  });

  test('each cache mark is a cache point', () => {
    const { sent, arrived } = find(converse);
    const marks = sent.map(({ text }) => count(text, '"cache_control"'));
    expect(Math.min(...marks)).toBeGreaterThan(1);
    expect(arrived.map(({ text }) => count(text, '"cachePoint"'))).toEqual(marks);
    expect(warnings(find(converse))).not.toContain('cache');
  });

  test.each([chat, responses, gemini])('%s: cache marks are named as lost', (model) => {
    expect(warnings(find(model))).toContain('cache_control');
    expect(JSON.stringify(find(model).arrived)).not.toContain('cache_control');
  });

  describe('the billing line', () => {
    test.each(runs.map(({ model }) => model))('%s: is sent', (model) => {
      for (const { text } of find(model).sent) expect(text).toContain(billing);
    });
    test.each(translated)('%s: does not arrive', (model) => {
      for (const { text } of find(model).arrived) expect(text).not.toContain(billing);
    });
  });

  describe('a system message inside the conversation', () => {
    const inside = 'You have been invoked in the following environment';
    const place = (messages: unknown, roles: readonly unknown[]) =>
      records(messages).findIndex(
        (message) => roles.includes(message.role) && JSON.stringify(message).includes(inside),
      );

    test.each(translated)('%s: is sent', (model) => {
      for (const { text } of find(model).sent) expect(place(JSON.parse(text).messages, ['system'])).toBe(1);
    });
    test('stays where it was for OpenAI', () => {
      // The system prompt is a message of its own there.
      for (const { body } of find(chat).arrived)
        expect(place(body.messages, ['system', 'developer'])).toBe(2);
      for (const { body } of find(responses).arrived)
        expect(place(body.input, ['system', 'developer'])).toBe(1);
    });
    test('is told by the user where there is none', () => {
      for (const { body } of find(converse).arrived) expect(place(body.messages, ['user'])).toBe(0);
      for (const { body } of find(gemini).arrived) expect(place(body.contents, ['user'])).toBe(0);
    });
  });
});
