/** Tools inside the input: found by every other dialect, and put back where they were for their own. */
import { expect, test } from 'bun:test';
import type { Call } from '../../../src/core/call.ts';
import type { JsonObject, JsonValue } from '../../../src/core/json.ts';
import { Losses, reportLeftovers } from '../../../src/core/losses.ts';
import { openaiResponses } from '../../../src/dialects/openai-responses/index.ts';
import { asJson } from '../../support/trips.ts';

const tool = (name: string, type = 'function') => ({ type, name, description: `Does ${name}.` });
const namespace = (name: string, tools: JsonValue[]) => ({ type: 'namespace', name, description: '', tools });
const item = (tools: JsonValue) => ({ type: 'additional_tools', id: 'at_1', role: 'developer', tools });
const said = { type: 'message', role: 'user', content: 'Go.' };

const read = (json: JsonObject): Call => openaiResponses.listen.readRequest({ model: 'm', ...json });
const crossed = (json: JsonObject): Call => {
  const call = read(json);
  return openaiResponses.listen.forCrossing?.(call) ?? call;
};
const names = ({ tools }: Call) =>
  tools?.map((one) => (one.type === 'other' ? one.type : `${one.type} ${one.name}`));

test.each<[string, JsonObject, string[] | undefined, number]>([
  ['a list', { input: [item([tool('a'), tool('b', 'custom')]), said] }, ['function a', 'custom b'], 1],
  [
    'the namespace without a name of its own',
    { input: [item([namespace('functions', [tool('exec', 'custom'), tool('wait')])]), said] },
    ['custom exec', 'function wait'],
    1,
  ],
  [
    'a namespace that calls must name',
    { input: [item([namespace('clock', [tool('sleep')]), tool('a')]), said] },
    ['other', 'function a'],
    1,
  ],
  [
    'tools beside them',
    { tools: [tool('a')], input: [said, item([tool('b')])] },
    ['function a', 'function b'],
    1,
  ],
  [
    'two items, the last of a name',
    { input: [item([tool('a')]), said, item([tool('a', 'custom')])] },
    ['custom a'],
    1,
  ],
  ['none', { input: [said] }, undefined, 1],
  ['an empty list', { input: [item([]), said] }, undefined, 2],
  ['no list', { input: [item('tools'), said] }, undefined, 2],
  ['entries that are no tools', { input: [item([5, null, 'a']), said] }, ['other', 'other', 'other'], 1],
])('%s', (_name, json, wanted, messages) => {
  const call = crossed(json);
  expect(names(call)).toEqual(wanted as string[]);
  expect(call.messages.length).toBe(messages);
});

test('what crosses is no loss, what does not is', () => {
  const losses = new Losses();
  const input = [item([namespace('functions', [tool('a')]), namespace('clock', [tool('b')])]), said];
  reportLeftovers(crossed({ input }), openaiResponses.listen.formKeys, losses);
  expect(losses.list()).toEqual(['tool namespace']);
});

test('their own dialect gets them as they were', () => {
  const json = {
    model: 'm',
    input: [item([namespace('functions', [tool('a')])]), said],
    tool_choice: 'auto',
  };
  const written = openaiResponses.speak.writeRequest(
    read(json),
    { model: 'm', askForUsage: false },
    new Losses(),
  );
  expect(asJson(written)).toEqual(json);
});
