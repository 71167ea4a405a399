/** Which of the upstream's headers reach the client: ids and rate limits, never cookies, hop-by-hop or forged ones. */
import { expect, test } from 'bun:test';
import { upstreamKey } from './chaos-stage.ts';
import { eachChaosMode } from './fault-suite.ts';
import type { FaultCall } from './fault-upstream.ts';
import { completionText, replyOf, streamOf, wholeStream } from './script.ts';

const kept = {
  'x-ratelimit-remaining-requests': '41',
  'x-ratelimit-reset-tokens': '6m0s',
  'retry-after': '7',
};

const dropped: Record<string, string> = {
  'set-cookie': 'session=canary-header',
  'keep-alive': 'timeout=5, canary-header',
  'proxy-authenticate': 'Basic realm=canary-header',
  'www-authenticate': 'Bearer canary-header',
  upgrade: 'canary-header',
  trailer: 'canary-header',
  te: 'canary-header',
  server: 'canary-header',
  via: 'canary-header',
  'alt-svc': 'h3="canary-header"',
  location: 'http://canary-header.example/',
  'strict-transport-security': 'max-age=1; canary-header',
  'content-security-policy': 'canary-header',
  'access-control-allow-origin': 'https://canary-header.example',
  'content-disposition': 'attachment; filename=canary-header',
  'x-opengateway-provider': 'canary-header',
  'x-opengateway-cost-usd': 'canary-header',
  'x-opengateway-internal': 'canary-header',
  'x-named-in-connection': 'canary-header',
  'x-anything-else': 'canary-header',
};

const lines = (fields: Record<string, string>) =>
  Object.entries(fields).map(([name, value]) => `${name}: ${value}`);

const headers = ({ stream, say }: FaultCall) => {
  const more = ['Connection: x-named-in-connection', ...lines(kept), ...lines(dropped)].join('\r\n');
  return say((stream ? streamOf(wholeStream) : replyOf(completionText)).replace('\r\n', `\r\n${more}\r\n`));
};

/** A provider that repeats the credential where an id belongs. */
const echo = ({ stream, say }: FaultCall) => {
  const more = `x-request-id: ${upstreamKey}\r\nrequest-id: ${upstreamKey}\r\nx-ratelimit-key: ${upstreamKey}`;
  return say((stream ? streamOf(wholeStream) : replyOf(completionText)).replace('\r\n', `\r\n${more}\r\n`));
};

const refusal = ({ say }: FaultCall) => {
  const more = lines({ ...kept, ...dropped });
  return say(replyOf('{"error":{"message":"Slow down."}}', { status: '429 Too Many', headers: more }));
};

eachChaosMode('the headers of a reply', { headers, echo, refusal }, (stage) => {
  test.each([
    ['whole', 'headers', {}, 200],
    ['streamed', 'headers', { stream: true }, 200],
    ['of a refusal', 'refusal', {}, 429],
  ] as const)('%s', async (_how, scenario, fields, status) => {
    const reply = await stage().chat(scenario, fields);
    expect(reply.status).toBe(status);
    const foreign = [...reply.headers].filter(([, value]) => value.includes('canary-header'));
    expect(foreign).toEqual([]);
    expect(Object.fromEntries(reply.headers)).toMatchObject(kept);
    expect(reply.headers.get('x-opengateway-provider')).toBe('local');
  });

  // That the credential is not in them is looked for after every test.
  test.each([false, true])('with the credential in the request id, streamed %p', async (stream) => {
    expect((await stage().chat('echo', { stream })).status).toBe(200);
  });
});
