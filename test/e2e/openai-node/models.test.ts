/** The list of models with the openai npm package: everything listed can be retrieved, and an alias is listed. */
import { expect, test } from 'bun:test';
import { NotFoundError } from 'openai';
import { eachMode } from '../../support/each-mode.ts';
import { apiErrorBy, clientOf, collect } from './client.ts';

eachMode('openai npm: models', {}, (stage) => {
  test('the list names the models of the upstream by their prefix, and the aliases', async () => {
    const models = await collect(clientOf(stage()).models.list());
    const ids = models.map((model) => model.id);
    expect(ids).toContain('local/scripted-chat');
    expect(ids).toContain('fast');
    expect(new Set(ids).size).toBe(ids.length);
    for (const model of models) expect(model.object).toBe('model');
  });

  test('every listed model can be retrieved', async () => {
    const client = clientOf(stage());
    for (const { id } of await collect(client.models.list()))
      expect((await client.models.retrieve(id)).id).toBe(id);
  });

  test('an unknown model is not found', async () => {
    const error = await apiErrorBy(clientOf(stage()).models.retrieve('no-such-model'));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error.code).toBe('model_not_found');
  });
});
