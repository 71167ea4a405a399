/** Gemini CLI: `gemini -p`, which speaks Gemini. */
import { type Agent, program } from './agent.ts';

const settings = {
  security: { auth: { selectedType: 'gemini-api-key' } },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
  general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
};

export const geminiCli: Agent = ({ url, key, model }, prompt) => ({
  command: [
    ...program('gemini', 'node'),
    ...['-p', prompt, '-m', model, '--approval-mode', 'yolo', '--skip-trust', '--output-format', 'json'],
  ],
  env: { GEMINI_API_KEY: key, GOOGLE_GEMINI_BASE_URL: url, GEMINI_CLI_NO_RELAUNCH: 'true' },
  homeFiles: { '.gemini/settings.json': JSON.stringify(settings) },
});
