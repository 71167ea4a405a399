/** Credentials for providers, as the administration takes and gives them. */
import { type TObject, Type } from '@sinclair/typebox';

const closed = { additionalProperties: false } as const;
const name = Type.String({ minLength: 1, maxLength: 200 });
const apiKey = Type.String({
  minLength: 1,
  maxLength: 10_000,
  // A header must be able to carry it.
  pattern: '^[\\x21-\\x7e]+$',
  description: 'The credential itself; never shown again.',
  writeOnly: true,
});
const baseUrl = Type.Optional(
  Type.Union([
    Type.String({ minLength: 1, maxLength: 2000, description: 'Instead of the provider’s own address.' }),
    Type.Null(),
  ]),
);
const provider = Type.String({
  minLength: 1,
  maxLength: 100,
  description: 'A built-in provider, or one of the config file, whose credential is declared nowhere.',
});

export const newCredential: TObject = Type.Object(
  { provider, api_key: apiKey, name: Type.Optional(name), base_url: baseUrl },
  closed,
);
export const credentialChange: TObject = Type.Object(
  { api_key: Type.Optional(apiKey), name: Type.Optional(name), base_url: baseUrl },
  closed,
);
const time = Type.String({ format: 'date-time' });
export const credentialView: TObject = Type.Object({
  id: Type.String(),
  provider,
  name,
  base_url: Type.Union([Type.String(), Type.Null()]),
  hint: Type.String({ description: 'Its last four characters.' }),
  source: Type.Union([Type.Literal('stored'), Type.Literal('declared')], {
    description: 'What is `declared` by the configuration or the environment can only be changed there.',
  }),
  created_at: Type.Union([time, Type.Null()]),
  updated_at: Type.Union([time, Type.Null()]),
});
