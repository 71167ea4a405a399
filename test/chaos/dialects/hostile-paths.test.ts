/** Models and verbs in the paths of Gemini and Bedrock, and models that become part of an upstream's path: nothing leaves its place. */
import { describe, expect, test } from 'bun:test';
import { rootKey } from '../../support/gateway.ts';
import type { RawReply } from '../../support/raw-connection.ts';
import { raw } from '../raw-request.ts';
import { clients } from './clients.ts';
import { dialectStage } from './dialect-suite.ts';
import { dialects } from './wire-script.ts';

const geminiBody = JSON.stringify(clients.gemini.request('x', false).body);
const bedrockBody = JSON.stringify(clients['bedrock-converse'].request('x', false).body);

const jsonOf = ({ body }: RawReply): unknown =>
  JSON.parse(body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1));

/** What the request line of every call to the upstream said since. */
const pathsSent = (heads: readonly string[]) => heads.map((head) => head.split(' ', 2)[1] ?? '');

describe('a hostile path', () => {
  dialectStage({}, (stage) => {
    const post = (target: string, body: string, credentials = [`x-goog-api-key: ${rootKey}`]) =>
      raw(stage().gateways.passthrough.port, { method: 'POST', target, body, credentials });

    const geminiTargets = [
      '/v1beta/models/:generateContent',
      '/v1beta/models/%3AgenerateContent',
      '/v1beta/models/gemini/normal:unknownVerb',
      '/v1beta/models/gemini/normal:',
      '/v1beta/models/gemini/normal',
      '/v1beta/models/gemini/normal:generateContent:unknown',
      '/v1beta/models/gemini/normal:GENERATECONTENT',
      '/v1beta/models/gemini/normal:generateContent/',
      '/v1beta/models/gemini/normal:generateContent%00',
      '/v1beta/models/%ff%fe:generateContent',
      '/v1beta/models/%:generateContent',
      '/v1beta/models/..:generateContent',
      '/v1beta/models/%2e%2e:generateContent',
      '/v1beta/models/%2e%2e%2f%2e%2e:generateContent',
      '/v1beta/models/../models/gemini%2fnormal:unknown',
      '/v1beta/models//:generateContent',
      '/v1beta/models/nobody/normal:generateContent',
      '/v1beta/models/__proto__:generateContent',
      '/v1beta/models/constructor:generateContent',
      `/v1beta/models/${'a'.repeat(9_000)}:generateContent`,
      '/v1beta/tunedModels/:generateContent',
    ];
    test.each(geminiTargets)('%s is refused as Google would', async (target) => {
      const before = stage().upstream.played.length;
      const reply = await post(target, geminiBody);
      expect([400, 404]).toContain(reply.status);
      expect(jsonOf(reply)).toMatchObject({ error: { code: reply.status, status: expect.any(String) } });
      expect(stage().upstream.played.length).toBe(before);
    });

    const bedrockTargets = [
      '/model/converse',
      '/model//converse',
      '/model/%20/converse',
      '/model/bedrock-converse%2fnormal/unknown',
      '/model/bedrock-converse%2fnormal',
      '/model/bedrock-converse%2fnormal/CONVERSE',
      '/model/bedrock-converse%2fnormal/converse%2f',
      '/model/%ff/converse',
      '/model/%/converse',
      '/model/nobody%2fnormal/converse',
      '/model/__proto__/converse',
      `/model/${'a'.repeat(9_000)}/converse`,
    ];
    test.each(bedrockTargets)('%s is refused as Bedrock would', async (target) => {
      const before = stage().upstream.played.length;
      const reply = await post(target, bedrockBody, [`Authorization: Bearer ${rootKey}`]);
      expect([400, 404]).toContain(reply.status);
      expect(jsonOf(reply)).toMatchObject({ message: expect.any(String) });
      expect(stage().upstream.played.length).toBe(before);
    });

    test.each([
      '/v1beta/models/gemini/normal:generateContent',
      '/v1beta/models/gemini%2fnormal:generateContent',
      '/v1beta/models/gemini%2Fnormal%3AgenerateContent',
      '/v1/models/gemini/normal:generateContent',
      '/v1beta/models/gemini/normal:generateContent?alt=sse&key=',
    ])('%s is answered', async (target) => {
      expect((await post(target, geminiBody)).status).toBe(200);
    });

    test.each(['/model/../converse', '/model/%2e%2e/converse', '/v1beta/models/../../model/x/converse'])(
      '%s is another path',
      async (target) => {
        const before = stage().upstream.played.length;
        expect([400, 404]).toContain((await post(target, bedrockBody)).status);
        expect(stage().upstream.played.length).toBe(before);
      },
    );

    const splices = [
      '..',
      '.',
      '%2e%2e',
      '../..',
      '../../admin',
      '..%2f..%2fadmin',
      '..\\..\\admin',
      'x?alt=sse',
      'x#y',
      'x?y/../..',
      'x:streamGenerateContent?z=',
      'x/converse?',
      'x\r\nHost: evil',
      'x\u0000y',
      '\ud800',
      'x\udfff',
      ' ',
      'é/😀',
      '//evil.example',
      '@evil.example/x',
      ';jsessionid=1',
    ];
    for (const format of dialects)
      test(`a model spliced into the path of ${format} stays one name`, async () => {
        for (const splice of splices)
          for (const stream of [false, true]) {
            const client = clients['openai-chat'];
            const model = `${format}/${splice}`;
            const { body } = client.request(model, stream);
            const from = stage().upstream.heads.length;
            const { status } = await stage().post(client, 'passthrough', model, stream, JSON.stringify(body));
            expect({ splice, isDefined: status === 200 || (status >= 400 && status < 500) }).toEqual({
              splice,
              isDefined: true,
            });
            for (const path of pathsSent(stage().upstream.heads.slice(from)))
              expect({ splice, path, stays: staysIn(path) }).toEqual({ splice, path, stays: true });
          }
      });
  });
});

/** One of the paths the formats have, with one segment for the model and the query they have. */
function staysIn(path: string): boolean {
  if (/\/(\.|%2e){1,2}(\/|$)/i.test(path)) return false;
  return /^\/v1(\/(chat\/completions|responses|messages)|\/models\/[^/?#\\]+:(generateContent|streamGenerateContent\?alt=sse)|\/model\/[^/?#\\]+\/converse(-stream)?)$/.test(
    path,
  );
}
