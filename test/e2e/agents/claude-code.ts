/** Claude Code: `claude -p`, which speaks Anthropic Messages. */
import { type Agent, program } from './agent.ts';

export const claudeCode: Agent = ({ url, key, model }, prompt) => ({
  command: [
    ...program('claude'),
    ...['-p', prompt, '--model', model, '--permission-mode', 'acceptEdits'],
    ...['--allowedTools', 'Write,Edit,Read', '--output-format', 'json'],
  ],
  env: {
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_API_KEY: key,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    CLAUDE_CODE_MAX_RETRIES: '0',
    DISABLE_AUTOUPDATER: '1',
    DISABLE_TELEMETRY: '1',
    DISABLE_ERROR_REPORTING: '1',
  },
});
