/** Every way to carry the key, none and two of them, as seen by the openai npm package. */
import { expect, test } from 'bun:test';
import { AuthenticationError, BadRequestError } from 'openai';
import { eachMode } from '../../support/each-mode.ts';
import { rootKey } from '../../support/gateway.ts';
import { apiErrorBy, clientOf, hello } from './client.ts';

const headers = ['x-api-key', 'api-key', 'x-goog-api-key'];
const request = { model: 'gpt-scripted-chat', messages: hello };
const wrong = 'sk-not-a-key-of-this-gateway';

eachMode('openai npm: credentials', {}, (stage) => {
  const bare = (name: string, value: string) =>
    clientOf(stage(), { defaultHeaders: { authorization: null, [name]: value } });

  for (const name of headers) {
    test(`${name} alone opens`, async () => {
      const reply = await bare(name, rootKey).chat.completions.create(request);
      expect(reply.choices[0]?.message.content).toBe('You said: hello there');
    });
    test(`${name} with a wrong key does not`, async () => {
      const error = await apiErrorBy(bare(name, wrong).chat.completions.create(request));
      expect(error).toBeInstanceOf(AuthenticationError);
      expect(error.code).toBe('invalid_api_key');
    });
    test(`${name} beside another Authorization is refused`, async () => {
      const client = clientOf(stage(), { defaultHeaders: { [name]: wrong } });
      const error = await apiErrorBy(client.chat.completions.create(request));
      expect(error).toBeInstanceOf(BadRequestError);
      expect(error.code).toBe('duplicate_credentials');
    });
    test(`${name} beside the same Authorization opens`, async () => {
      const client = clientOf(stage(), { defaultHeaders: { [name]: rootKey } });
      const reply = await client.chat.completions.create(request);
      expect(reply.object).toBe('chat.completion');
    });
  }

  test('?key= alone opens, and is not passed on', async () => {
    const client = clientOf(stage(), {
      defaultHeaders: { authorization: null },
      defaultQuery: { key: rootKey },
    });
    const reply = await client.chat.completions.create(request);
    expect(reply.object).toBe('chat.completion');
  });

  test('no key at all does not', async () => {
    const client = clientOf(stage(), { defaultHeaders: { authorization: null } });
    const error = await apiErrorBy(client.chat.completions.create(request));
    expect(error).toBeInstanceOf(AuthenticationError);
  });

  test('a wrong key is told nothing about the model', async () => {
    const client = clientOf(stage(), { apiKey: wrong });
    const known = await apiErrorBy(client.chat.completions.create(request));
    const unknown = await apiErrorBy(client.chat.completions.create({ ...request, model: 'no-such-model' }));
    expect(known.error).toEqual(unknown.error);
  });

  test('keys given to the wrong side stay there too', () => stage().expectSecretsKept(wrong));
});
