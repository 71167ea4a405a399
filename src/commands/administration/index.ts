/** `opengateway keys|teams|orgs|users|credentials …`: the administration of a running gateway, over HTTP. */
import { readSettings } from '../../config/settings.ts';
import { isObject } from '../../core/json.ts';
import { type Command, exitCodes, type Invocation, UsageError } from '../command.ts';
import { type FlagSpec, flagHelp, parseFlags } from '../flags.ts';
import { baseOf } from '../gateway-address.ts';
import { type Answer, ask, complaintOf } from './ask.ts';
import { bodyOf, type Collection, fieldsOf, flagsFor } from './fields.ts';
import { renderObject, renderTable } from './table.ts';

interface Verb {
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Behind the collection's path. */
  readonly path: (id: string) => string;
  readonly takesId: boolean;
  readonly summary: string;
}

const one = (id: string) => `/${encodeURIComponent(id)}`;
const verbs: readonly Verb[] = [
  { name: 'list', method: 'GET', path: () => '', takesId: false, summary: 'List them, the youngest first.' },
  { name: 'create', method: 'POST', path: () => '', takesId: false, summary: 'Make one.' },
  { name: 'show', method: 'GET', path: one, takesId: true, summary: 'Show one.' },
  { name: 'update', method: 'PATCH', path: one, takesId: true, summary: 'Change one.' },
];
const ends: Readonly<Record<Collection, readonly Verb[]>> = {
  keys: [
    {
      name: 'rotate',
      method: 'POST',
      path: (id) => `${one(id)}/rotate`,
      takesId: true,
      summary: 'Give a key a new text, shown this once.',
    },
    {
      name: 'revoke',
      method: 'DELETE',
      path: one,
      takesId: true,
      summary: 'End a key, at once and for good.',
    },
  ],
  teams: [{ name: 'delete', method: 'DELETE', path: one, takesId: true, summary: 'Delete an empty one.' }],
  orgs: [{ name: 'delete', method: 'DELETE', path: one, takesId: true, summary: 'Delete an empty one.' }],
  users: [
    { name: 'delete', method: 'DELETE', path: one, takesId: true, summary: 'Delete one, and their keys.' },
  ],
  credentials: [
    {
      name: 'delete',
      method: 'DELETE',
      path: one,
      takesId: true,
      summary: 'Delete one: its provider is no longer called with it.',
    },
  ],
};
const paths: Readonly<Record<Collection, string>> = {
  keys: '/admin/keys',
  teams: '/admin/teams',
  orgs: '/admin/organizations',
  users: '/admin/users',
  credentials: '/admin/credentials',
};

function show({ name }: Verb, json: Answer['json'], asJson: boolean): string {
  if (asJson) return `${JSON.stringify(json, null, 2)}\n`;
  if (name !== 'list') return renderObject(json);
  const rows = Array.isArray(json.data) ? json.data.filter(isObject) : [];
  if (rows.length === 0) return 'none\n';
  const more = typeof json.next_cursor === 'string' ? `more with --cursor ${json.next_cursor}\n` : '';
  return renderTable(rows) + more;
}

function command(collection: Collection, verb: Verb): Command {
  const fields = fieldsOf(collection, verb.name);
  const specs: Record<string, FlagSpec> = {
    ...flagsFor(fields),
    url: { type: 'string', help: 'Base URL of the gateway; OPENGATEWAY_URL, or HOST and PORT, when absent.' },
    config: { type: 'string', help: 'Config file; `opengateway.json` in the working directory when absent.' },
    json: { type: 'boolean', help: 'Print JSON.' },
  };
  const name = `${collection} ${verb.name}`;

  async function run(invocation: Invocation): Promise<number> {
    const { flags: given, positionals } = parseFlags(invocation.args, specs);
    // What stands on a command line can be seen by others on the machine.
    const isPiped = given['api-key'] === '-';
    const flags = isPiped ? { ...given, 'api-key': (await Bun.stdin.text()).trim() } : given;
    const [id, ...more] = positionals;
    if (verb.takesId && id === undefined) throw new UsageError(`'${name}' needs an id.`);
    const unexpected = verb.takesId ? more[0] : id;
    if (unexpected !== undefined) throw new UsageError(`unexpected '${unexpected}'.`);
    const said = bodyOf(flags, fields);
    const { url, config } = flags;
    const { environment, workingDirectory } = invocation;
    const { rootKey } = await readSettings({ flags: { config }, environment, workingDirectory });
    const address = { base: await baseOf({ url, config }, invocation), rootKey };
    const query = new URLSearchParams(said as Record<string, string>).toString();
    const path = paths[collection] + verb.path(id ?? '');
    let answer: Answer;
    try {
      answer =
        verb.name === 'list'
          ? await ask(address, 'GET', query === '' ? path : `${path}?${query}`)
          : await ask(address, verb.method, path, ['POST', 'PATCH'].includes(verb.method) ? said : undefined);
    } catch {
      invocation.err(`opengateway: ${address.base} does not answer\n`);
      return exitCodes.failed;
    }
    if (answer.status < 200 || answer.status > 299) {
      invocation.err(`opengateway: ${complaintOf(answer)}\n`);
      return exitCodes.failed;
    }
    invocation.out(answer.status === 204 ? `${id} is gone\n` : show(verb, answer.json, flags.json === true));
    return exitCodes.done;
  }

  return {
    name,
    summary: verb.summary,
    help: `Usage: opengateway ${name}${verb.takesId ? ' <id>' : ''} [flags]\n\n${verb.summary} Asks a running gateway, with ROOT_KEY.\n\n${flagHelp(specs)}\n`,
    run,
  };
}

export const administrationCommands: readonly Command[] = (
  ['keys', 'teams', 'orgs', 'users', 'credentials'] as const
).flatMap((collection) => [...verbs, ...ends[collection]].map((verb) => command(collection, verb)));
