/** What can be said of each kind of object on the command line, and how it stands in JSON. */
import { UsageError } from '../command.ts';
import type { FlagSpec } from '../flags.ts';

export type Collection = 'keys' | 'teams' | 'orgs' | 'users' | 'credentials';

interface Field {
  /** In JSON. */
  readonly name: string;
  readonly form: 'text' | 'list' | 'flag' | 'pairs' | 'whole' | 'limit' | 'budgets';
  readonly help: string;
}

const list = (name: string, help: string): Field => ({
  name,
  form: 'list',
  help: `${help}, separated by commas; an empty text lifts the restriction.`,
});
const text = (name: string, help: string): Field => ({ name, form: 'text', help });

const limit = (name: string, help: string): Field => ({
  name,
  form: 'limit',
  help: `${help}; an empty text lifts the limit.`,
});
const caps: Readonly<Record<string, Field>> = {
  rpm: limit('rpm', 'Requests a minute'),
  tpm: limit('tpm', 'Tokens a minute'),
  parallel: limit('parallel', 'Calls at once'),
  budget: {
    name: 'budgets',
    form: 'budgets',
    help: 'Dollars and window, separated by commas: `5/day,100/month,20/week/rolling`; an empty text for none.',
  },
};

const common: Readonly<Record<string, Field>> = {
  name: text('name', 'Its name.'),
  models: list('models', 'Models that may be used'),
  providers: list('providers', 'Providers that may be used'),
  endpoints: list('endpoints', 'Routes that may be used'),
  'allowed-ips': list('allowed_ips', 'Addresses and CIDR ranges calls may come from'),
  ...caps,
  disabled: { name: 'disabled', form: 'flag', help: '`true` or `false`.' },
  tags: { name: 'tags', form: 'list', help: 'Tags, separated by commas.' },
  metadata: { name: 'metadata', form: 'pairs', help: '`name=value`, separated by commas.' },
};
const organization = { org: text('organization_id', 'The organization it belongs to.') };
const team = { team: text('team_id', 'The team it belongs to.') };
const user = { user: text('user_id', 'The user it belongs to.') };
const role = { role: text('role', 'member, auditor, team_admin, organization_admin or platform_admin.') };
const expiry = { 'expires-at': text('expires_at', 'When it ends, RFC 3339; an empty text for never.') };
const test = { test: { name: 'test', form: 'flag', help: '`true` makes a test key.' } as const };

const places: Readonly<Record<Collection, Readonly<Record<string, Field>>>> = {
  orgs: {},
  teams: organization,
  users: { ...organization, ...team },
  keys: { ...organization, ...team, ...user },
  credentials: { provider: text('provider', 'Whose it is.') },
};
const own: Readonly<Record<Collection, Readonly<Record<string, Field>>>> = {
  orgs: {},
  teams: {},
  users: { ...role, email: text('email', 'Their address.') },
  keys: { ...role, ...expiry },
  credentials: {
    name: text('name', 'Its name.'),
    'api-key': text('api_key', 'The credential itself; `-` reads it from standard input.'),
    'base-url': text('base_url', 'Instead of the provider’s own address; an empty text for that.'),
  },
};

export type Fields = Readonly<Record<string, Field>>;

export function fieldsOf(collection: Collection, verb: string): Fields {
  const changed = { ...(collection === 'credentials' ? {} : common), ...own[collection] };
  if (verb === 'update') return changed;
  if (verb === 'create') return { ...changed, ...places[collection], ...(collection === 'keys' && test) };
  if (verb === 'list' && collection === 'credentials') return {};
  if (verb === 'list')
    return {
      ...places[collection],
      limit: text('limit', 'At most so many.'),
      cursor: text('cursor', 'As the page before said.'),
    };
  return verb === 'rotate'
    ? {
        'grace-seconds': {
          name: 'grace_seconds',
          form: 'whole',
          help: 'How long the former key still opens.',
        },
      }
    : {};
}

export function flagsFor(fields: Fields): Record<string, FlagSpec> {
  return Object.fromEntries(
    Object.entries(fields).map(([flag, { help }]) => [flag, { type: 'string', help }]),
  );
}

/** What it must be is the gateway's to say: here only which part is which. */
function budgetOf(flag: string, said: string): object {
  const [, usd, window, rolling] = /^(\d*\.?\d+)\/([a-z]+)(\/rolling)?$/.exec(said) ?? [];
  if (usd === undefined)
    throw new UsageError(`--${flag} must be like 5/day or 5/day/rolling, not '${said}'.`);
  return { limit_usd: Number(usd), window, ...(rolling !== undefined && { rolling: true }) };
}

function jsonOf(flag: string, said: string, { form, name }: Field): unknown {
  const items = said
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  if (form === 'budgets') return items.map((item) => budgetOf(flag, item));
  if (form === 'limit' && said === '') return null;
  if (form === 'list') return items.length === 0 && name !== 'tags' ? null : items;
  if (form === 'text') return said === '' && name !== 'name' ? null : said;
  if (form === 'whole' || form === 'limit') {
    if (/^\d+$/.test(said)) return Number(said);
    throw new UsageError(`--${flag} must be a whole number.`);
  }
  if (form === 'flag') {
    if (said === 'true' || said === 'false') return said === 'true';
    throw new UsageError(`--${flag} must be true or false.`);
  }
  return Object.fromEntries(
    items.map((item) => {
      const at = item.indexOf('=');
      if (at < 1) throw new UsageError(`--${flag} must be name=value, separated by commas.`);
      return [item.slice(0, at), item.slice(at + 1)];
    }),
  );
}

/** What was said, as JSON. Throws a UsageError. */
export function bodyOf(
  flags: Readonly<Record<string, string | boolean | undefined>>,
  fields: Fields,
): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  const limits: Record<string, unknown> = {};
  for (const [flag, field] of Object.entries(fields)) {
    const value = flags[flag];
    if (typeof value === 'string')
      (field.form === 'limit' ? limits : body)[field.name] = jsonOf(flag, value, field);
  }
  return Object.keys(limits).length === 0 ? body : { ...body, limits };
}
