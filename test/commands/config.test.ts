/** `config check` and `config schema`. */
import { describe, expect, test } from 'bun:test';
import { invoke } from './invoke.ts';

describe('config check', () => {
  test('is content where nothing is set', async () => {
    expect(await invoke(['config', 'check'])).toEqual({
      code: 0,
      out: 'no config file: ok; providers: demo\n',
      err: '',
    });
  });

  test('names the file and the providers', async () => {
    const files = { 'my.json': '{"providers":{"acme":{"baseUrl":"http://x"}}}' };
    const { code, out, err } = await invoke(['config', 'check', 'my.json'], { files });
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/my\.json: ok; providers: acme\n$/);
  });

  test('prefers the file it is given to the one that is named elsewhere', async () => {
    const files = { 'good.json': '{}', 'bad.json': '{' };
    const environment = { OPENGATEWAY_CONFIG: 'bad.json' };
    expect((await invoke(['config', 'check', 'good.json'], { files, environment })).code).toBe(0);
    expect((await invoke(['config', 'check', '--config', 'good.json'], { files, environment })).code).toBe(0);
    expect((await invoke(['config', 'check'], { files, environment })).code).toBe(2);
  });

  test('says everything that is wrong, a line each', async () => {
    const files = { 'opengateway.json': '{\n  "prot": 1,\n  "logLevel": "inof"\n}' };
    expect(await invoke(['config', 'check'], { files })).toEqual({
      code: 2,
      out: '',
      err: [
        "opengateway.json:2:3  unknown key 'prot'. Did you mean 'port'?",
        "opengateway.json:3:15  'logLevel' must be one of DEBUG, INFO, WARN, ERROR. Did you mean 'INFO'?",
        '',
      ].join('\n'),
    });
  });

  test('of a file that is not there', async () => {
    const { code, err } = await invoke(['config', 'check', 'none.json']);
    expect([code, err]).toEqual([2, 'none.json  there is no such file.\n']);
  });

  test('prints no secret', async () => {
    const files = {
      'opengateway.json':
        '{"rootKey":"sk-root-in-file","providers":{"x":{"baseUrl":"http://x","apiKey":"sk-x-in-file"}}}',
    };
    const { out, err } = await invoke(['config', 'check'], { files });
    expect(out + err).not.toContain('in-file');
  });
});

type Schema = Record<string, unknown>;

describe('config schema', () => {
  const types = ['object', 'array', 'string', 'integer', 'number', 'boolean'];

  /** What an editor needs of every place: a type or choices, an explanation, and a default that fits. */
  function check(schema: Schema, path: string): void {
    const choices = schema.anyOf as { const: unknown }[] | undefined;
    if (choices === undefined) expect(types).toContain(String(schema.type));
    if (path !== '' && !path.endsWith('*'))
      expect({ path, told: typeof schema.description }).toEqual({ path, told: 'string' });
    const { default: preset } = schema;
    if (choices !== undefined && preset !== undefined)
      expect(choices.map((choice) => choice.const)).toContain(preset);
    else if (preset !== undefined)
      expect(typeof preset).toBe(schema.type === 'integer' ? 'number' : (schema.type as 'string'));
    for (const pattern of [
      schema.pattern,
      ...Object.keys((schema.patternProperties as object | undefined) ?? {}),
    ])
      if (pattern !== undefined) expect(() => new RegExp(String(pattern), 'u')).not.toThrow();
    for (const [key, inner] of Object.entries(
      (schema.properties as Record<string, Schema> | undefined) ?? {},
    ))
      check(inner, `${path}/${key}`);
    for (const inner of Object.values((schema.patternProperties as Record<string, Schema> | undefined) ?? {}))
      check(inner, `${path}/*`);
    if (schema.items !== undefined) check(schema.items as Schema, `${path}/*`);
  }

  test('prints a JSON Schema in which every setting is typed and explained', async () => {
    const { code, out, err } = await invoke(['config', 'schema']);
    expect([code, err]).toEqual([0, '']);
    const schema = JSON.parse(out) as Schema;
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(schema.additionalProperties).toBe(false);
    check(schema, '');
  });
});
