/** Every collection of every forwarded surface, with two teams and root: what one makes the other never reaches. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { forwardEndpoints } from '../../../src/http/surfaces.ts';
import { type Ask, type ObjectStage, startObjectStage } from './stage.ts';

let stage: ObjectStage;
beforeAll(async () => {
  stage = await startObjectStage();
});
afterAll(() => stage.stop());

/** Collections whose objects are made by another path. */
const notMadeHere = new Set(['chat/completions', 'responses', 'fine_tuning/checkpoints']);

interface Row {
  readonly path: string;
  readonly collection: string;
  readonly headers: Record<string, string>;
}

const version = { 'anthropic-version': '2023-06-01' };

/** From the list of surfaces itself: a new one is a new row, or declares that it keeps nothing. */
const rows: readonly Row[] = forwardEndpoints.flatMap((route) => {
  const variants = [
    { endpoint: route, headers: {} },
    ...(route.forAnthropic === undefined ? [] : [{ endpoint: route.forAnthropic, headers: version }]),
  ];
  return variants.flatMap(({ endpoint, headers }) => {
    const mount = route.path.slice(0, route.path.indexOf('/v1/') + '/v1/'.length);
    const below = route.path.slice(mount.length).replace(/\/?\*$/, '');
    return endpoint.objects.collections
      .filter(
        ({ path }) =>
          (below === '' || path === below || path.startsWith(`${below}/`)) && route.path.endsWith('*'),
      )
      .map(({ path }) => ({
        path: mount + path,
        collection: path,
        headers: endpoint.surface === 'anthropic-platform' ? version : headers,
      }));
  });
});

test('every beginning keeps objects or says that it keeps none', () => {
  const silent = forwardEndpoints.filter(
    ({ objects, path }) => objects.collections.length === 0 && objects.stateless.length === 0 && path !== '',
  );
  expect(silent).toEqual([]);
  expect(rows.length).toBeGreaterThan(50);
});

const body = { name: 'x' };
const madeBy = async (ask: Ask, { path, collection, headers }: Row) => {
  if (notMadeHere.has(collection)) return undefined;
  const { status, json } = await ask('POST', path, body, headers);
  expect({ path, status }).toEqual({ path, status: 200 });
  return String(json.id);
};

describe.each(rows)('$path', (row) => {
  const { path, headers } = row;

  test('belongs to the team that made it', async () => {
    const id = await madeBy(stage.a, row);
    if (id === undefined) return;
    expect((await stage.a('GET', `${path}/${id}`, undefined, headers)).status).toBe(200);
    expect((await stage.root('GET', `${path}/${id}`, undefined, headers)).status).toBe(200);
    const before = stage.reached();
    const attempts: [string, string][] = [
      ['GET', `${path}/${id}`],
      ['GET', `${path}/${id}/content`],
      ['GET', `${path}/${id}/anything/below`],
      ['POST', `${path}/${id}`],
      ['POST', `${path}/${id}/cancel`],
      ['DELETE', `${path}/${id}`],
      ['GET', `${path}?after=${id}`],
      ['GET', `${path}?before_id=${id}`],
      ['GET', `${path}?limit=5&after=none_0123456789&after=${id}`],
      ['DELETE', path],
    ];
    for (const [method, url] of attempts) {
      const { status, json } = await stage.b(method, url, method === 'POST' ? {} : undefined, headers);
      expect({ method, url, status }).toEqual({ method, url, status: 404 });
      const error = json.error as { code?: string; type: string };
      if (headers === version || path.startsWith('/anthropic')) expect(error.type).toBe('not_found_error');
      else expect(error.code).toBe('object_not_found');
    }
    expect(stage.reached()).toBe(before);
    const listOf = async (ask: Ask) => {
      const { json } = await ask('GET', path, undefined, headers);
      return (json.data as { id: string }[]).map((entry) => entry.id);
    };
    expect(await listOf(stage.a)).toContain(id);
    expect(await listOf(stage.root)).toContain(id);
    expect(await listOf(stage.b)).toEqual([]);
  });

  test('is forgotten once it is deleted', async () => {
    const id = await madeBy(stage.a, row);
    if (id === undefined) return;
    expect((await stage.a('DELETE', `${path}/${id}`, undefined, headers)).status).toBe(200);
    const before = stage.reached();
    expect((await stage.a('GET', `${path}/${id}`, undefined, headers)).status).toBe(404);
    expect(stage.reached()).toBe(before);
  });

  test('what nobody made here is not there for a team, and is for root', async () => {
    const upstream = Object.keys(headers).length > 0 ? stage.anthropic : stage.openai;
    const id = upstream.make(row.collection);
    const before = stage.reached();
    expect((await stage.a('GET', `${path}/${id}`, undefined, headers)).status).toBe(404);
    expect(stage.reached()).toBe(before);
    expect((await stage.root('GET', `${path}/${id}`, undefined, headers)).status).toBe(200);
    // To have been seen by root makes it nobody else's.
    expect((await stage.a('GET', `${path}/${id}`, undefined, headers)).status).toBe(404);
  });
});
