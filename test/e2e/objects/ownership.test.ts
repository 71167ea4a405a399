/** Who owns what: teams and keys without one, the same id at two providers, after a restart, and where nothing is refused. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { rootKey, startGateway } from '../../support/gateway.ts';
import { startObjectUpstream } from '../../support/object-upstream.ts';
import { administrationOf } from '../keys/stage.ts';
import { askWith, type ObjectStage, startObjectStage } from './stage.ts';

describe('with two teams', () => {
  let stage: ObjectStage;
  beforeAll(async () => {
    stage = await startObjectStage();
  });
  afterAll(() => stage.stop());

  const keyWith = async (fields: object) => {
    const { json } = await administrationOf(stage.gateway.url)('POST', '/admin/keys', {
      name: 'k',
      ...fields,
    });
    return { ask: askWith(stage.gateway.url, String(json.key)), json };
  };

  test('keys of one team share; a key without one is alone, whatever its role', async () => {
    const admin = administrationOf(stage.gateway.url);
    const { json: team } = await admin('POST', '/admin/teams', { name: 't' });
    const [one, two] = [await keyWith({ team_id: team.id }), await keyWith({ team_id: team.id })];
    const [lone, other] = [await keyWith({}), await keyWith({ role: 'platform_admin' })];
    const { json: shared } = await one.ask('POST', '/v1/files', {});
    const { json: own } = await lone.ask('POST', '/v1/files', {});
    const seen = async ({ ask }: typeof one, id: unknown) => (await ask('GET', `/v1/files/${id}`)).status;
    expect(await seen(two, shared.id)).toBe(200);
    expect(await seen(lone, shared.id)).toBe(404);
    expect(await seen(lone, own.id)).toBe(200);
    for (const stranger of [one, other]) expect(await seen(stranger, own.id)).toBe(404);
  });

  test('what root works on stays its team’s, and what comes of it is the team’s', async () => {
    const { json: batch } = await stage.a('POST', '/v1/batches', {});
    // Root is the first to hear of the file that came of it.
    const { json } = await stage.root('GET', `/v1/batches/${batch.id}`);
    expect((await stage.a('GET', `/v1/files/${json.error_file_id}/content`)).status).toBe(200);
    expect((await stage.b('GET', `/v1/files/${json.error_file_id}/content`)).status).toBe(404);
  });

  test('the same id at two providers is two objects', async () => {
    // Made at the second provider, by two teams; then one of its ids at the first, behind everyone's back.
    const { json: mine } = await stage.a('POST', '/v1/responses', { model: 'second/m', input: 'hi' });
    const { json: theirs } = await stage.b('POST', '/v1/responses', { model: 'second/m', input: 'hi' });
    const asked = (id: unknown, model: string) => ({ model, input: 'hi', previous_response_id: id });
    expect((await stage.a('POST', '/v1/responses', asked(mine.id, 'second/m'))).status).toBe(200);
    expect((await stage.a('GET', `/v1/responses/${mine.id}`)).status).toBe(200);
    expect(stage.second.requests.at(-1)).toBe(`GET /responses/${mine.id}`);
    const before = stage.reached();
    // One's own there says nothing of what has the same name here.
    expect((await stage.a('POST', '/v1/responses', asked(mine.id, 'gpt-4o'))).status).toBe(404);
    expect((await stage.a('POST', '/v1/responses', asked(theirs.id, 'second/m'))).status).toBe(404);
    expect((await stage.a('GET', `/v1/responses/${theirs.id}`)).status).toBe(404);
    expect(stage.reached()).toBe(before);
  });

  test('what a body names says which provider is asked', async () => {
    const { json } = await stage.a('POST', '/v1/responses', { model: 'second/m', input: 'hi' });
    const before = stage.second.requests.length;
    const found = await stage.a('POST', '/v1/responses/input_tokens', { previous_response_id: json.id });
    expect([found.status, stage.second.requests.length]).toEqual([200, before + 1]);
  });
});

describe('kept', () => {
  test('across a restart', async () => {
    const upstream = startObjectUpstream();
    const second = startObjectUpstream();
    const directory = `/tmp/opengateway-objects-${crypto.randomUUID()}`;
    const options = {
      env: { OPENAI_API_KEY: 'sk-x', OPENAI_BASE_URL: upstream.url, OPENGATEWAY_DATA_DIR: directory },
      config: {
        providers: { second: { baseUrl: second.url, dialects: ['openai-responses', 'openai-platform'] } },
      },
    } as const;
    let gateway = await startGateway({ ...options, config: { ...options.config } });
    const keys: string[] = [];
    for (const name of ['a', 'b'])
      keys.push(String((await administrationOf(gateway.url)('POST', '/admin/keys', { name })).json.key));
    const made = await askWith(gateway.url, keys[0] ?? '')('POST', '/v1/responses', {
      model: 'second/m',
      input: 'hi',
    });
    const ofRoot = await askWith(gateway.url, rootKey)('POST', '/v1/responses', {
      model: 'second/m',
      input: 'hi',
    });
    // Without a farewell.
    process.kill(gateway.pid, 'SIGKILL');
    await gateway.stop();
    gateway = await startGateway({ ...options, config: { ...options.config } });
    const path = `/v1/responses/${made.json.id}`;
    expect((await askWith(gateway.url, keys[1] ?? '')('GET', path)).status).toBe(404);
    expect(second.requests.length).toBe(2);
    expect((await askWith(gateway.url, keys[0] ?? '')('GET', path)).status).toBe(200);
    expect((await askWith(gateway.url, rootKey)('GET', `/v1/responses/${ofRoot.json.id}`)).status).toBe(200);
    expect(second.requests.slice(2)).toEqual([`GET ${path.slice(3)}`, `GET /responses/${ofRoot.json.id}`]);
    await gateway.stop();
    await upstream.stop();
    await second.stop();
  });
});

describe('where unknown objects are allowed', () => {
  let stage: ObjectStage;
  beforeAll(async () => {
    stage = await startObjectStage({ objects: { unknown: 'allow' } });
  });
  afterAll(() => stage.stop());

  test('what nobody made is everyone’s, what a team made is still its own', async () => {
    const old = stage.openai.make('files');
    const { json } = await stage.a('POST', '/v1/files', {});
    for (const ask of [stage.a, stage.b]) expect((await ask('GET', `/v1/files/${old}`)).status).toBe(200);
    expect((await stage.b('GET', `/v1/files/${json.id}`)).status).toBe(404);
    const listed = async (ask: typeof stage.a) =>
      ((await ask('GET', '/v1/files')).json.data as { id: string }[]).map(({ id }) => id);
    expect(await listed(stage.a)).toEqual([String(json.id), old]);
    expect(await listed(stage.b)).toEqual([old]);
  });
});

test('where nobody needs a key, what keys have made is theirs all the same', async () => {
  const upstream = startObjectUpstream();
  const gateway = await startGateway({
    env: { OPENAI_API_KEY: 'sk-x', OPENAI_BASE_URL: upstream.url, REQUIRE_AUTH: 'false' },
  });
  const { json } = await administrationOf(gateway.url)('POST', '/admin/keys', { name: 'a' });
  const { json: made } = await askWith(gateway.url, String(json.key))('POST', '/v1/files', {});
  const nobody = (path: string) => fetch(`${gateway.url}${path}`).then(({ status }) => status);
  expect(await nobody(`/v1/files/${made.id}`)).toBe(404);
  expect(await nobody(`/v1/files/${upstream.make('files')}`)).toBe(200);
  await gateway.stop();
  await upstream.stop();
});
