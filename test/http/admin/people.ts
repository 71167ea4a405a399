/** Two organizations with teams and a key of every role, made through the administration as anybody would. */
import { expect } from 'bun:test';
import { storageOfRun } from '../../storage/storages.ts';
import { appWith } from '../app.ts';

export type Json = Record<string, unknown> & { readonly id: string };

export interface Person {
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
}

export function carrying(key: string): Record<string, string> {
  return { authorization: `Bearer ${key}` };
}

export async function createWorld(options: Parameters<typeof appWith>[0] = {}) {
  const place = await storageOfRun().make();
  const app = appWith({ store: await place.open(), ...options });
  const root = carrying(app.rootKey);
  const send = async (who: Record<string, string>, method: string, path: string, body?: unknown) => {
    const response = await app.ask(method, path, who, body);
    const text = await response.text();
    return { response, status: response.status, json: (text === '' ? {} : JSON.parse(text)) as Json };
  };
  const make = async (path: string, body: object, who: Record<string, string> = root): Promise<Json> => {
    const { status, json } = await send(who, 'POST', path, body);
    expect({ path, body, status, json }).toMatchObject({ status: 201 });
    return json;
  };
  const person = async (body: object): Promise<Person> => {
    const { id, key } = await make('/admin/keys', { name: 'p', ...body });
    return { id, headers: carrying(String(key)) };
  };
  const organization = await make('/admin/organizations', { name: 'ours' });
  const elsewhere = await make('/admin/organizations', { name: 'theirs' });
  const team = await make('/admin/teams', { name: 'team', organization_id: organization.id });
  const neighbour = await make('/admin/teams', { name: 'neighbour', organization_id: organization.id });
  const foreign = await make('/admin/teams', { name: 'foreign', organization_id: elsewhere.id });
  const here = { team_id: team.id };
  const user = await make('/admin/users', { name: 'user', ...here });
  const people = {
    member: await person(here),
    auditor: await person({ ...here, role: 'auditor' }),
    team_admin: await person({ ...here, role: 'team_admin' }),
    organization_admin: await person({ organization_id: organization.id, role: 'organization_admin' }),
    platform_admin: await person({ role: 'platform_admin' }),
  };
  const keys = {
    own: await make('/admin/keys', { name: 'own', ...here }),
    neighbour: await make('/admin/keys', { name: 'neighbour', team_id: neighbour.id }),
    foreign: await make('/admin/keys', { name: 'foreign', team_id: foreign.id }),
    placeless: await make('/admin/keys', { name: 'placeless' }),
  };
  return {
    ...app,
    place,
    root,
    send,
    make,
    person,
    organization,
    elsewhere,
    team,
    neighbour,
    foreign,
    user,
    people,
    keys,
  };
}
