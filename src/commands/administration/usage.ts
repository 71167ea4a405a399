/** `opengateway usage`: what was used, asked of a running gateway. */
import { readSettings } from '../../config/settings.ts';
import { isObject } from '../../core/json.ts';
import { type Command, exitCodes, type Invocation, UsageError } from '../command.ts';
import { type FlagSpec, flagHelp, parseFlags } from '../flags.ts';
import { baseOf } from '../gateway-address.ts';
import { ask, complaintOf } from './ask.ts';
import { renderTable } from './table.ts';

/** Flag, parameter, help. */
const asked: readonly (readonly [string, string, string])[] = [
  [
    'group-by',
    'group_by',
    'What rows are of: key (when absent), team, user, organization, customer, model, provider, tag or day.',
  ],
  ['from', 'from', 'The first day, UTC: `2026-11-01`; 30 days ago when absent.'],
  ['to', 'to', 'The day before which it ends; now when absent.'],
  ['key', 'key_id', 'Only of this key.'],
  ['team', 'team_id', 'Only of this team.'],
  ['org', 'organization_id', 'Only of this organization.'],
];

const specs: Record<string, FlagSpec> = {
  ...Object.fromEntries(asked.map(([flag, , help]) => [flag, { type: 'string', help } as const])),
  url: { type: 'string', help: 'Base URL of the gateway; OPENGATEWAY_URL, or HOST and PORT, when absent.' },
  config: { type: 'string', help: 'Config file; `opengateway.json` in the working directory when absent.' },
  json: { type: 'boolean', help: 'Print JSON.' },
};

const rowsAPage = 1000;

async function run(invocation: Invocation): Promise<number> {
  const { flags, positionals } = parseFlags(invocation.args, specs);
  if (positionals.length > 0) throw new UsageError(`unexpected '${positionals[0]}'.`);
  const { url, config } = flags;
  const { environment, workingDirectory } = invocation;
  const { rootKey } = await readSettings({ flags: { config }, environment, workingDirectory });
  const address = { base: await baseOf({ url, config }, invocation), rootKey };
  const query = new URLSearchParams({ group_by: 'key', limit: String(rowsAPage) });
  for (const [flag, parameter] of asked) {
    const said = flags[flag];
    if (typeof said === 'string') query.set(parameter, said);
  }
  const rows: Record<string, unknown>[] = [];
  for (;;) {
    let answer: Awaited<ReturnType<typeof ask>>;
    try {
      answer = await ask(address, 'GET', `/admin/usage?${query}`);
    } catch {
      invocation.err(`opengateway: ${address.base} does not answer\n`);
      return exitCodes.failed;
    }
    if (answer.status !== 200) {
      invocation.err(`opengateway: ${complaintOf(answer)}\n`);
      return exitCodes.failed;
    }
    const { data, next_cursor: next } = answer.json;
    rows.push(...(Array.isArray(data) ? data.filter(isObject) : []));
    if (typeof next !== 'string') break;
    query.set('cursor', next);
  }
  if (flags.json === true) invocation.out(`${JSON.stringify({ data: rows }, null, 2)}\n`);
  else invocation.out(rows.length === 0 ? 'none\n' : renderTable(rows));
  return exitCodes.done;
}

export const usage: Command = {
  name: 'usage',
  summary: 'Show what was used, by key, team, model or day.',
  help: `Usage: opengateway usage [flags]\n\nShows what was used. Asks a running gateway, with ROOT_KEY.\n\n${flagHelp(specs)}\n`,
  run,
};
