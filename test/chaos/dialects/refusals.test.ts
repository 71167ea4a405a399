/** An upstream's refusals, by status and form, in the words and the shape of each client's own API. */
import { describe, expect, test } from 'bun:test';
import type { ConversationDialect } from '../../../src/core/dialect-name.ts';
import { formats } from '../../support/wire/upstream.ts';
import { upstreamKey } from '../chaos-stage.ts';
import type { FaultCall } from '../fault-upstream.ts';
import { type ClientName, clients } from './clients.ts';
import type { Asker } from './dialect-stage.ts';
import { askersOf, complaintsOf, dialectStage } from './dialect-suite.ts';
import { dialects } from './wire-script.ts';

const words = 'This is what was wrong.';
const statuses = [400, 401, 403, 404, 408, 413, 422, 429, 500, 502, 503, 504, 529] as const;

/** Body and headers of a refusal by what stands between the dots of the scenario: `<form>-<status>`. */
const forms: Readonly<
  Record<
    string,
    (format: ConversationDialect, status: number) => { type: string; body: string; headers?: object }
  >
> = {
  own(format, status) {
    const { body, headers } = formats[format].fail({
      status,
      message: `${words} Called with ${upstreamKey}.`,
    });
    return { type: 'application/json', body: JSON.stringify(body), ...(headers && { headers }) };
  },
  list: (format, status) => ({
    type: 'application/json',
    body: JSON.stringify([formats[format].fail({ status, message: `${words} ${upstreamKey}` }).body]),
  }),
  html: () => ({ type: 'text/html', body: `<h1>nginx ${upstreamKey}</h1>` }),
  empty: () => ({ type: 'application/json', body: '' }),
  foreign: () => ({
    type: 'application/json',
    body: JSON.stringify({ oops: [upstreamKey], at: 'the front' }),
  }),
  cut: () => ({ type: 'application/json', body: '{"error":{"mess' }),
};

function refuse(form: string, status: number, { format, say }: FaultCall): Promise<void> {
  const { type, body, headers = {} } = forms[form]?.(format, status) ?? { type: 'text/plain', body: '' };
  const lines = Object.entries({
    ...headers,
    'retry-after': '7',
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return say(`HTTP/1.1 ${status} Refused\r\n${lines.join('')}\r\n${body}`);
}

const plays = Object.fromEntries(
  Object.keys(forms).flatMap((form) =>
    statuses.map((status) => [`${form}-${status}`, (call: FaultCall) => refuse(form, status, call)]),
  ),
);

type Types = Readonly<Record<number, RegExp>>;
const anthropicTypes: Types = {
  400: /^invalid_request_error$/,
  403: /^permission_error$/,
  404: /^not_found_error$/,
  408: /^timeout_error$/,
  413: /^request_too_large$/,
  429: /^rate_limit_error$/,
  500: /^api_error$/,
  503: /^(api|overloaded)_error$/,
  504: /^timeout_error$/,
  529: /^overloaded_error$/,
};
const googleTypes: Types = {
  400: /^INVALID_ARGUMENT$/,
  403: /^PERMISSION_DENIED$/,
  404: /^NOT_FOUND$/,
  429: /^RESOURCE_EXHAUSTED$/,
  500: /^INTERNAL$/,
  503: /^UNAVAILABLE$/,
  504: /^DEADLINE_EXCEEDED$/,
};
const openaiTypes: Types = { 403: /^permission_error$/, 429: /^rate_limit_error$/, 500: /^server_error$/ };
const awsTypes: Types = {
  400: /^ValidationException$/,
  403: /^AccessDeniedException$/,
  404: /^ResourceNotFoundException$/,
  408: /^ModelTimeoutException$/,
  429: /^ThrottlingException$/,
  500: /^InternalServerException$/,
  503: /^ServiceUnavailableException$/,
};

/** The kind a client of another API has to read for the status. */
const typesFor: Readonly<Record<ConversationDialect, Types>> = {
  'openai-chat': openaiTypes,
  'openai-responses': openaiTypes,
  'anthropic-messages': anthropicTypes,
  gemini: googleTypes,
  'bedrock-converse': awsTypes,
};

const family = (dialect: ConversationDialect) => dialect.split('-', 1)[0];

function expectedType(client: ClientName, { format }: Asker, status: number): RegExp {
  const { dialect } = clients[client];
  // An upstream of the client's own kind is quoted, word for word.
  if (family(dialect) === family(format)) return /./;
  return typesFor[dialect][status] ?? /./;
}

describe('a refusal', () => {
  dialectStage(plays, (stage) => {
    const everyone = dialects.flatMap((format) =>
      [false, true].flatMap((stream) => askersOf(format, stream)),
    );
    for (const status of statuses)
      test(`of ${status} keeps its status, its words and its kind`, async () => {
        const check = async (asker: Asker) => {
          const heard = await stage().ask(asker, `own-${status}`);
          const own = status === 401 ? 502 : status;
          expect({ status: heard.status, isStream: heard.isStream }).toEqual({
            status: own,
            isStream: false,
          });
          const code = await stage().loggedError(asker.mode, heard);
          expect(code).toBe(status === 401 ? 'upstream_auth_failed' : 'upstream_rejected');
          if (status === 401) return;
          expect(heard.error?.message).toStartWith(words);
          expect(heard.error?.type ?? '').toMatch(expectedType(asker.client, asker, status));
          expect(heard.headers.get('retry-after')).toBe('7');
        };
        expect(await complaintsOf(everyone, check)).toEqual([]);
      });

    const few = dialects.flatMap((format) =>
      [false, true].flatMap((stream) => askersOf(format, stream, true)),
    );
    for (const form of Object.keys(forms).slice(1))
      test.each([400, 429, 500])(
        `in the form ${form} keeps its status %i and the client's shape`,
        async (status) => {
          const check = async (asker: Asker) => {
            const heard = await stage().ask(asker, `${form}-${status}`);
            expect(heard.status).toBe(status);
            expect(heard.error?.message).not.toBe('');
            expect(heard.text).not.toContain('<h1>');
            if (form === 'list') expect(heard.error?.message).toStartWith(words);
          };
          expect(await complaintsOf(few, check)).toEqual([]);
        },
      );
  });
});
