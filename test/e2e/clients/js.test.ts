/** The JavaScript clients, unmodified, at every family of providers. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Exception } from './matrix.ts';
import { clientSuite } from './suite.ts';

const folder = join(import.meta.dir, 'js');
const exceptions: readonly Exception[] = [];

clientSuite({
  title: 'JavaScript clients',
  command: [process.execPath, join(folder, 'run.ts')],
  exceptions,
  clients: [
    'openai (chat)',
    'openai (responses)',
    'anthropic',
    'google-genai',
    'aws-sdk (converse)',
    ...['openai', 'openai chat', 'anthropic', 'google', 'bedrock', 'azure', 'openai-compatible'].map(
      (name) => `ai-sdk (${name})`,
    ),
    ...['openai', 'openai responses', 'anthropic', 'google-genai', 'aws'].map(
      (name) => `langchain (${name})`,
    ),
    'openai-agents (responses)',
    'openai-agents (chat)',
  ],
  missing: existsSync(join(folder, 'node_modules'))
    ? undefined
    : 'the clients are not installed: run scripts/parts',
});
