/** What a person sees at start: where it listens, what it can reach, what to do next. Plain where nobody watches. */

import type { Settings } from '../config/settings.ts';
import { version } from '../core/version.ts';
import { defaultRootKey } from '../identity/root-key.ts';

export interface BannerOptions {
  readonly settings: Settings;
  readonly port: number;
  /** Where things are kept. */
  readonly storage: string;
  /** From exec to listening, milliseconds. */
  readonly readyMs: number;
  readonly hasColors: boolean;
}

function hasDefaultKey({ rootKey }: Settings): boolean {
  return rootKey.reveal() === defaultRootKey;
}

/** A few that many have; all would fill the screen. */
function someVariables({ disabled }: Settings): string {
  return disabled
    .filter((definition) => definition.isSuggested === true)
    .flatMap(({ enabledBy }) => enabledBy)
    .join(', ');
}

function warningsFor(settings: Settings): string[] {
  const warnings: string[] = [];
  if (hasDefaultKey(settings))
    warnings.push(
      `ROOT_KEY is the default ${defaultRootKey}: it opens to clients on this machine only. Set your own.`,
    );
  if (!settings.requireAuth)
    warnings.push('REQUIRE_AUTH is false: anyone who reaches this port can spend your credentials.');
  if (settings.isDemo)
    warnings.push(
      `No provider has a credential: demo/echo answers. Set ${someVariables(settings)} or another variable of docs/configuration.md to reach a real model.`,
    );
  if (settings.forceTranslate)
    warnings.push('OPENGATEWAY_FORCE_TRANSLATE is 1: nothing passes through untouched.');
  return warnings;
}

export function renderBanner({ settings, port, storage, readyMs, hasColors }: BannerOptions): string {
  const paint = (code: number, text: string) => (hasColors ? `\x1b[${code}m${text}\x1b[0m` : text);
  const host = ['0.0.0.0', '::'].includes(settings.host) ? 'localhost' : settings.host;
  const base = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const providers = settings.providers.map((provider) => {
    const prefixes = [...provider.models, ...provider.prefixes.map((prefix) => `${prefix}*`)];
    return `${provider.name} (${prefixes.slice(0, 3).join(', ')}${prefixes.length > 3 ? ', …' : ''})`;
  });
  const rows: [string, string][] = [
    ['OpenAI API', `${base}/v1`],
    ['docs', `${base}/docs`],
    ['metrics', `${base}/metrics`],
    ['providers', providers.join(' · ')],
    ['storage', storage],
    ...(settings.workers === 1 ? [] : [['workers', String(settings.workers)] as [string, string]]),
    ...(settings.configPath === undefined ? [] : [['config', settings.configPath] as [string, string]]),
  ];
  const model = settings.isDemo ? 'demo/echo' : `${settings.providers[0]?.prefixes[0] ?? ''}<model>`;
  // The default is no secret, and a newcomer's shell has no variable that holds it.
  const key = hasDefaultKey(settings) ? defaultRootKey : '$ROOT_KEY';
  const lines = [
    `${paint(1, 'OpenGateway')} ${version}  ready in ${readyMs.toFixed(0)} ms`,
    ...rows.map(([name, value]) => `  ${name.padEnd(11)} ${value}`),
    ...warningsFor(settings).map((warning) => `  ${paint(33, 'warning')}     ${warning}`),
    '  try it      '.concat(
      `curl ${base}/v1/chat/completions -H "Authorization: Bearer ${key}" -d '{"model":"${model}","messages":[{"role":"user","content":"Hello"}]}'`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}
