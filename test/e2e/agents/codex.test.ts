/** Codex CLI edits a file through upstreams of every family, with each of the kinds of tools it offers. */
import { expect, test } from 'bun:test';
import { isRecord, records } from '../../support/wire/scenario.ts';
import { agentSuite, expectBytesKept, expectSignaturesBack, warnings } from './suite.ts';

/** A model it does not know gets function tools, a namespace of tools and a web search. */
const functions = ['respond', 'chat', 'anthropic', 'gemini'].map((provider) => `${provider}/my-model`);
/** One it knows edits with a tool of plain text. */
const plain = ['respond', 'chat', 'anthropic', 'gemini'].map((provider) => `${provider}/gpt-5.5`);
/** For the newest the tools stand in the input, in namespaces; it edits with JavaScript, which is plain text as well. */
const newest = ['respond', 'chat', 'anthropic', 'bedrock'].map((provider) => `${provider}/gpt-6.1-sol`);
/** Through its WebSocket. */
const sockets = ['respond/gpt-5.5', 'anthropic/my-model'];

const runs = [
  ...[...functions, ...plain, ...newest].map((model) => ({ agent: 'codex', model }) as const),
  ...sockets.map((model) => ({ agent: 'codex-base-url', model }) as const),
];

agentSuite('Codex', runs, (find) => {
  test.each(['respond/my-model', 'respond/gpt-5.5', 'respond/gpt-6.1-sol'])(
    '%s: the body arrives to the byte',
    (model) => expectBytesKept(find(model, 'codex')),
  );

  test.each(['respond/my-model', 'chat/my-model', 'anthropic/my-model'])(
    '%s: signatures come back',
    (model) => expectSignaturesBack(find(model, 'codex')),
  );

  test.each(sockets)('%s: its WebSocket is taken, and each turn is a whole request', (model) => {
    const { stderr, arrived, log } = find(model, 'codex-base-url');
    expect(stderr).not.toContain('websocket');
    // Nothing arrives of the warm-up.
    const calls = log.filter(({ event }) => event === 'call');
    expect(calls.map(({ status }) => status)).toEqual(arrived.map(() => 200));
    expectSignaturesBack(find(model, 'codex-base-url'));
  });

  test.each(functions.slice(1))('%s: tools only OpenAI has are named as lost', (model) => {
    const said = warnings(find(model, 'codex'));
    expect(said).toContain('namespace');
    expect(said).toContain('web_search');
  });

  test.each(['anthropic/gpt-5.5', 'anthropic/gpt-6.1-sol'])(
    '%s: a tool of plain text has one text argument where there are none',
    (model) => {
      const recording = find(model, 'codex');
      const [request] = recording.arrived;
      const [tool] = records(request?.body.tools).filter(
        ({ name }) => name === 'apply_patch' || name === 'exec',
      );
      const { properties, required } = isRecord(tool?.input_schema) ? tool.input_schema : {};
      expect(Object.values(properties ?? {})).toEqual([expect.objectContaining({ type: 'string' })]);
      expect(required).toEqual(Object.keys(properties ?? {}));
      // Its grammar has no place there.
      expect(warnings(recording)).toContain('custom');
    },
  );

  test('tools of the input are in the list elsewhere, those of other namespaces are named as lost', () => {
    const recording = find('chat/gpt-6.1-sol');
    expect(warnings(recording)).toContain('namespace');
    for (const { body } of recording.arrived) {
      const tools = records(body.tools).flatMap((tool) => [tool.function, tool.custom]);
      const names = tools.filter(isRecord).map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(['exec', 'wait']));
      expect(JSON.stringify(body)).not.toContain('additional_tools');
    }
  });
});
