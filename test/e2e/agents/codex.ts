/** Codex CLI: `codex exec`, which speaks OpenAI Responses. */
import { type Agent, program } from './agent.ts';

const exec = (model: string, prompt: string) => [
  ...program('codex', 'node'),
  ...['exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', '--json'],
  ...['--disable', 'plugins', '--disable', 'apps', '-m', model, prompt],
];

const quiet = 'check_for_update_on_startup = false';
const analytics = '[analytics]\nenabled = false';

/** As a model provider of the user's own: HTTP alone. */
export const codexWithProvider: Agent = ({ url, key, model }, prompt) => ({
  command: exec(model, prompt),
  env: { GATEWAY_KEY: key },
  homeFiles: {
    '.codex/config.toml': [
      'model_provider = "gateway"',
      quiet,
      analytics,
      '[model_providers.gateway]',
      'name = "OpenGateway"',
      `base_url = "${url}/v1"`,
      'env_key = "GATEWAY_KEY"',
      'wire_api = "responses"',
      '',
    ].join('\n'),
  },
});

/** As the provider it knows, elsewhere: it tries a WebSocket first. */
export const codexWithBaseUrl: Agent = ({ url, key, model }, prompt) => ({
  command: exec(model, prompt),
  env: { CODEX_API_KEY: key },
  homeFiles: { '.codex/config.toml': [`openai_base_url = "${url}/v1"`, quiet, analytics, ''].join('\n') },
});
