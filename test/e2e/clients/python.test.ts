/** The Python clients, unmodified, at every family of providers. */
import { join } from 'node:path';
import { missingPart, python } from '../../support/parts.ts';
import { opensslIsPresent } from '../../support/tls-front.ts';
import type { Exception } from './matrix.ts';
import { clientSuite } from './suite.ts';

const exceptions: readonly Exception[] = [
  {
    client: /^litellm \(gemini\)$/,
    provider: /^(?:chat|responses|anthropic|bedrock)$/,
    scenario: /^reasoning$/,
    reason: 'it gives thoughts back without their signatures: only those of calls, which Gemini alone makes',
  },
];

clientSuite({
  title: 'Python clients',
  command: [python, join(import.meta.dir, 'python', 'run.py')],
  exceptions,
  clients: [
    'openai (chat)',
    'openai (responses)',
    'anthropic',
    'google-genai',
    'boto3 (converse)',
    ...['openai', 'anthropic', 'gemini'].map((name) => `litellm (${name})`),
    ...['openai', 'openai responses', 'anthropic', 'google-genai', 'aws'].map(
      (name) => `langchain (${name})`,
    ),
    'openai-agents (responses)',
    'openai-agents (chat)',
  ],
  missing: missingPart('clients') ?? (opensslIsPresent ? undefined : 'there is no openssl'),
});
