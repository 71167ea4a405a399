/** Requests of every dialect with wrong values in every place: a refusal in its own shape or an answer, never an internal error. */
import { describe, expect, test } from 'bun:test';
import { rootKey } from '../../support/gateway.ts';
import { type Mode, modes } from '../chaos-stage.ts';
import { content } from '../script.ts';
import { type Client, clients } from './clients.ts';
import type { DialectStage } from './dialect-stage.ts';
import { dialectStage } from './dialect-suite.ts';
import type { Heard } from './heard.ts';
import { requiredFields, richBodies, typedFields } from './rich-bodies.ts';
import { dialects } from './wire-script.ts';

type Fields = Record<string, unknown>;
type Path = readonly (string | number)[];

/** Every place inside a value. */
function pathsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Object.entries(value).flatMap(([key, item]) =>
    pathsIn(item, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  return path.length === 0 ? inner : [path, ...inner];
}

const removed = Symbol('removed');

/** A copy with another value in one place, or without it. */
function changed(value: unknown, [key, ...rest]: Path, to: unknown): unknown {
  if (key === undefined) return to;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Fields;
  if (rest.length === 0 && to === removed) delete copy[key];
  else copy[key] = changed(copy[key], rest, to);
  return copy;
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

const odd = '\u0000\ud800\u202e\uffff';
const wrong: readonly unknown[] = [
  removed,
  null,
  42,
  1e308,
  -1,
  'x',
  '',
  odd,
  true,
  [],
  {},
  [null],
  [[]],
  nested(100),
  '['.repeat(30_000),
  JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'),
];

interface Case {
  readonly client: Client;
  readonly mode: Mode;
  readonly target: string;
  readonly stream: boolean;
  readonly body: unknown;
  readonly what: string;
  readonly mustAnswer?: boolean;
}

function bodyText(client: Client, model: string, stream: boolean, body: unknown): string {
  const { body: plain } = client.request(model, stream);
  const { model: named, stream: asked } = plain as Fields;
  return JSON.stringify({ ...(body as object), model: named, stream: asked });
}

async function play(
  stage: DialectStage,
  { client, mode, target, stream, body, what, mustAnswer }: Case,
): Promise<void> {
  const model = `${target}/normal.0`;
  const heard = await stage.post(client, mode, model, stream, bodyText(client, model, stream, body));
  const code = await stage.loggedError(mode, heard);
  const outcome = { what, code, status: heard.status };
  if (heard.status === 200 || mustAnswer === true)
    expect({ ...outcome, content: heard.content }).toMatchObject({ code: undefined, content });
  else {
    expect({ ...outcome, isRefusal: heard.status >= 400 && heard.status < 500 }).toMatchObject({
      isRefusal: true,
    });
    expect(outcome.code).not.toBe('internal_error');
  }
}

async function playAll(stage: DialectStage, cases: readonly Case[]): Promise<string[]> {
  const complaints: string[] = [];
  const left = [...cases];
  const workers = Array.from({ length: 16 }, async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const { client, mode, target, stream, what } = next;
      try {
        await play(stage, next);
      } catch (thrown) {
        const why = Bun.stripANSI(String(thrown)).slice(0, 400);
        complaints.push(`${client.dialect} to ${target}, ${mode}, ${stream}: ${what}: ${why}`);
      }
    }
  });
  await Promise.all(workers);
  return complaints.slice(0, 20);
}

const post = (
  stage: DialectStage,
  client: Client,
  text: string,
  model = `${client.dialect}/normal.0`,
): Promise<Heard> => stage.post(client, 'passthrough', model, false, text);

describe('a hostile body', () => {
  dialectStage({}, (stage) => {
    for (const dialect of dialects) {
      const client = clients[dialect];
      const rich = richBodies[dialect];
      const textWith = (fields: Fields, without: string[] = []) => {
        const model = `${dialect}/normal.0`;
        const all: Fields = { ...rich, ...fields };
        for (const key of without) delete all[key];
        return bodyText(client, model, false, all);
      };

      test(`${dialect} as it should be is answered, by everyone`, async () => {
        const cases = dialects.flatMap((target) =>
          modes.map((mode) => ({
            client,
            mode,
            target,
            stream: true,
            body: rich,
            what: 'as it should be',
            mustAnswer: true,
          })),
        );
        expect(await playAll(stage(), cases)).toEqual([]);
      });

      test(`${dialect} with a wrong value in any place`, async () => {
        const cases = pathsIn(rich).flatMap((path, p) =>
          wrong.flatMap((value, v): Case[] => {
            const body = changed(rich, path, value);
            const what = `${path.join('.')} = ${value === removed ? 'removed' : JSON.stringify(value).slice(0, 60)}`;
            const target = dialects[(p + v) % dialects.length] ?? dialect;
            const stream = (p + v) % 3 === 0;
            return [
              { client, mode: (p + v) % 2 === 0 ? 'translated' : 'passthrough', target, stream, body, what },
            ];
          }),
        );
        expect(cases.length).toBeGreaterThan(400);
        expect(await playAll(stage(), cases)).toEqual([]);
      });

      test(`${dialect} without a required field, or with another type, is refused in its shape`, async () => {
        const refused = [
          ...requiredFields[dialect].map((key) => textWith({}, [key])),
          ...typedFields[dialect].map((key) => textWith({ [key]: true })),
        ];
        for (const text of refused) {
          const heard = await post(stage(), client, text);
          expect({ text: text.slice(0, 80), status: heard.status }).toMatchObject({ status: 400 });
          expect(heard.error?.message).not.toBe('');
        }
      });

      test(`${dialect} that is no object, names a field twice or nests too deep is refused in its shape`, async () => {
        const good = textWith({});
        const key = Object.keys(rich)[0] ?? '';
        for (const text of [
          '',
          'null',
          '[]',
          '42',
          `[${good}]`,
          good.slice(0, -1),
          `${good}x`,
          good.replace('{', `{"${key}":[],`),
          good.replace('{', `{"deep":${'['.repeat(129)}${']'.repeat(129)},`),
          good.replace('{', `{"deep":${'{"a":'.repeat(200_000)}`),
        ]) {
          const before = stage().upstream.played.length;
          const heard = await post(stage(), client, text);
          expect({ text: text.slice(0, 60), status: heard.status }).toMatchObject({ status: 400 });
          expect(stage().upstream.played.length).toBe(before);
        }
      });

      test(`${dialect} with addresses and keys in its fields goes where it must`, async () => {
        const url = `http://127.0.0.1:${stage().stranger.port}/v1`;
        const one = { api_base: url, base_url: url, baseUrl: url, api_key: 'sk-theirs', endpoint: url };
        for (const target of dialects)
          for (const fields of [
            one,
            { metadata: one, extra_body: one, extra_headers: { host: url }, provider: one },
            {
              fallbacks: [{ model: 'x', ...one }],
              proxy: url,
              custom_llm_provider: 'openai',
              litellm_params: one,
            },
          ]) {
            const model = `${target}/normal.0`;
            const text = bodyText(client, model, false, { ...rich, ...fields });
            const heard = await stage().post(client, 'passthrough', model, false, text);
            expect([200, 400]).toContain(heard.status);
          }
        // That nobody called it is looked for after each test too.
        expect(stage().stranger.accepted()).toBe(0);
      });

      test(`${dialect} takes a credential in every form, and no two`, async () => {
        const forms = [
          { authorization: `Bearer ${rootKey}` },
          { 'x-api-key': rootKey },
          { 'api-key': rootKey },
          { 'x-goog-api-key': rootKey },
        ];
        const ask = async (headers: Record<string, string>) =>
          await stage().post(
            { ...client, request: bare(client, headers) },
            'passthrough',
            `${dialect}/normal.0`,
            false,
            textWith({}),
          );
        for (const headers of forms) expect((await ask(headers)).status).toBe(200);
        for (const headers of [{}, { authorization: 'Bearer sk-wrong' }, { 'x-api-key': "' OR 1=1" }]) {
          const heard = await ask(headers);
          expect(heard.status).toBe(401);
          expect(heard.text).not.toContain(rootKey);
        }
        for (const [first, second] of [
          [0, 1],
          [1, 2],
          [2, 3],
          [3, 0],
        ] as const) {
          const [name = '', value = ''] = Object.entries(forms[second] ?? {})[0] ?? [];
          const heard = await ask({ ...forms[first], [name]: `${value}x` });
          expect(heard.status).toBe(400);
        }
      });
    }
  });
});

/** The client's request with other headers. */
function bare(client: Client, headers: Record<string, string>): Client['request'] {
  return (model, stream) => ({ ...client.request(model, stream), headers });
}
