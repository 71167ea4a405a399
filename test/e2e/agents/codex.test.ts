/** Codex CLI edits a file through upstreams of every family, with each of the kinds of tools it offers. */
import { expect, test } from 'bun:test';
import { isRecord, records } from '../../support/wire/scenario.ts';
import { agentSuite, expectBytesKept, expectSignaturesBack, warnings } from './suite.ts';

/** A model it does not know gets function tools, a namespace of tools and a web search. */
const functions = ['responses', 'chat', 'anthropic', 'gemini'].map((provider) => `${provider}/my-model`);
/** One it knows edits with a tool of plain text. */
const plain = ['responses', 'chat', 'anthropic', 'gemini'].map((provider) => `${provider}/gpt-5.5`);
/** For the newest the tools stand in the input, in a namespace. */
const newest = ['responses/gpt-6.1-sol'];

const runs = [
  ...[...functions, ...plain, ...newest].map((model) => ({ agent: 'codex', model }) as const),
  { agent: 'codex-base-url', model: 'responses/gpt-5.5' } as const,
];

agentSuite('Codex', runs, (find) => {
  test.each(['responses/my-model', 'responses/gpt-5.5', 'responses/gpt-6.1-sol'])(
    '%s: the body arrives to the byte',
    (model) => expectBytesKept(find(model, 'codex')),
  );

  test.each(['responses/my-model', 'chat/my-model', 'anthropic/my-model'])(
    '%s: signatures come back',
    (model) => expectSignaturesBack(find(model)),
  );

  test.each(functions.slice(1))('%s: tools only OpenAI has are named as lost', (model) => {
    expect(warnings(find(model))).toContain('namespace');
    expect(warnings(find(model))).toContain('web_search');
  });

  test('a tool of plain text has one text argument at Anthropic', () => {
    const [request] = find('anthropic/gpt-5.5').arrived;
    const [tool] = records(request?.body.tools).filter(({ name }) => name === 'apply_patch');
    const { properties, required } = isRecord(tool?.input_schema) ? tool.input_schema : {};
    const [[name, schema] = []] = Object.entries(properties ?? {});
    expect(Object.keys(properties ?? {})).toHaveLength(1);
    expect(schema).toMatchObject({ type: 'string' });
    expect(required).toEqual([name]);
  });
});
