/** Credential headers that are wrong, doubled, contradictory or meant for a database: one answer, and no upstream call. */
import { expect, test } from 'bun:test';
import { rootKey } from '../support/gateway.ts';
import { eachChaosMode } from './fault-suite.ts';
import { chatBody, chatPath, errorOf, raw, requestText } from './raw-request.ts';

const corpus = [
  "' OR '1'='1",
  "'; DROP TABLE keys; --",
  '" OR ""="',
  'x%27%20OR%201=1',
  '{"$ne":null}',
  '*',
  '%',
  '../../etc/passwd',
  `$${'{jndi:ldap://127.0.0.1/x}'}`,
  '{{7*7}}',
  '<script>alert(1)</script>',
  '`id`',
  '\xff\xfe\xfd',
  'null',
  'undefined',
  '__proto__',
  'constructor',
  rootKey.slice(0, -1),
  `${rootKey}x`,
  rootKey.toUpperCase(),
  `${rootKey}%00`,
  `${rootKey};`,
  'k'.repeat(12_000),
];
const bearers = ['Authorization: Bearer'];
const plainHeaders = ['x-api-key:', 'api-key:', 'x-goog-api-key:'];

eachChaosMode('a credential', {}, (stage) => {
  const post = (credentials: string[], target = chatPath) =>
    raw(stage().gateway.port, { method: 'POST', target, credentials, body: chatBody() });
  const expectNoCall = async (calls: () => Promise<void>) => {
    const before = stage().upstream.played.length;
    await calls();
    expect(stage().upstream.played.length).toBe(before);
  };

  test.each([...bearers, ...plainHeaders])(
    'that is wrong in %s is refused in constant words',
    async (header) => {
      const answers = new Set<string>();
      await expectNoCall(async () => {
        for (const value of corpus) {
          const reply = await post([`${header} ${value}`]);
          expect({ value: value.slice(0, 40), status: reply.status }).toMatchObject({ status: 401 });
          expect(errorOf(reply)).toMatchObject({ code: 'invalid_api_key' });
          if (value.length > 9) expect(reply.body).not.toContain(value);
          answers.add(reply.body.replaceAll(/req_?[\w-]+|[0-9a-f]{8}-[\w-]{27}/g, 'id'));
        }
      });
      expect(answers.size).toBe(1);
    },
  );

  test.each([
    'Authorization: Basic cm9vdDpyb290',
    `Authorization: Basic ${Buffer.from(`:${rootKey}`).toString('base64')}`,
    `Authorization: ${rootKey}`,
    'Authorization: Bearer',
    'Authorization: ',
    `Authorization: Bearer ${rootKey} ${rootKey}`,
    `Authorization: Bearer, ${rootKey}`,
    'x-api-key: ',
    `Cookie: authorization=${rootKey}`,
    `X-Root-Key: ${rootKey}`,
  ])('in the wrong form is none: %s', async (line) => {
    await expectNoCall(async () => expect([400, 401]).toContain((await post([line])).status));
  });

  const good = (header: string) => `${header} ${rootKey}`;
  const twice = [...bearers, ...plainHeaders].flatMap((header) => [
    [`${header} twice, different`, [good(header), `${header} other`]],
    [`${header} twice, different, the good one last`, [`${header} other`, good(header)]],
  ]) as [string, string[]][];
  const twoHeaders: [string, string[]][] = [
    ['Authorization beside another x-api-key', [good('Authorization: Bearer'), 'x-api-key: other']],
    ['api-key beside another x-goog-api-key', ['api-key: other', good('x-goog-api-key:')]],
    ['the same Authorization twice', [good('Authorization: Bearer'), good('Authorization: Bearer')]],
    ['the same x-api-key twice', [good('x-api-key:'), good('x-api-key:')]],
  ];
  test.each([...twice, ...twoHeaders])('%s is refused', async (_what, credentials) => {
    await expectNoCall(async () => {
      const reply = await post(credentials);
      expect(reply.status).toBe(400);
      expect(errorOf(reply)).toMatchObject({ code: 'duplicate_credentials' });
      expect(reply.body).not.toContain(rootKey);
    });
  });

  test.each([...bearers, ...plainHeaders])('that is right opens in %s', async (header) => {
    expect((await post([good(header)])).status).toBe(200);
  });

  test('is not taken from the body, the query or a trailer', async () => {
    await expectNoCall(async () => {
      expect((await post([], `${chatPath}?api_key=${rootKey}`)).status).toBe(401);
      const body = chatBody('local/normal', `,"api_key":"${rootKey}","key":"${rootKey}"`);
      const request = requestText({ method: 'POST', target: chatPath, credentials: [], body });
      expect((await raw(stage().gateway.port, request)).status).toBe(401);
    });
  });
});
