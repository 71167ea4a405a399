/** opencode: `opencode run`, through the AI SDK's providers for OpenAI-compatible servers and for Anthropic. */
import { type Agent, program } from './agent.ts';

const env = {
  OPENCODE_DISABLE_AUTOUPDATE: '1',
  OPENCODE_DISABLE_MODELS_FETCH: '1',
  OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
  OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
  OPENCODE_DISABLE_SHARE: '1',
};

/** It installs its plugin package from the registry unless it finds this. */
const installed = {
  '.config/opencode/node_modules/.keep': '',
  '.config/opencode/package-lock.json': JSON.stringify({
    packages: { '': { dependencies: { '@opencode-ai/plugin': '1.18.33' } } },
  }),
};

function opencode(npm: string): Agent {
  return ({ url, key, model }, prompt) => {
    const named = `gateway/${model}`;
    const config = {
      autoupdate: false,
      share: 'disabled',
      model: named,
      small_model: named,
      enabled_providers: ['gateway'],
      permission: { edit: 'allow', bash: 'deny', webfetch: 'deny' },
      provider: {
        gateway: {
          npm,
          name: 'OpenGateway',
          options: { baseURL: `${url}/v1`, apiKey: key },
          models: {
            [model]: {
              name: model,
              tool_call: true,
              reasoning: true,
              limit: { context: 128_000, output: 8192 },
            },
          },
        },
      },
    };
    return {
      command: [...program('opencode'), 'run', '--format', 'json', prompt],
      env,
      homeFiles: installed,
      workFiles: { 'opencode.json': JSON.stringify(config) },
    };
  };
}

export const opencodeCompatible = opencode('@ai-sdk/openai-compatible');
export const opencodeAnthropic = opencode('@ai-sdk/anthropic');
