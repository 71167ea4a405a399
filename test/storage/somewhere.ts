/** A place for a database of a test's own, and what to fill it with. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newObjectId } from '../../src/core/ids.ts';
import type { EntityOf } from '../../src/identity/entity.ts';

export interface Somewhere {
  readonly directory: string;
  /** In a directory that is not there yet. */
  readonly databasePath: string;
  remove(): void;
}

export function somewhere(): Somewhere {
  const directory = mkdtempSync(join(tmpdir(), 'opengateway-storage-'));
  return {
    directory,
    databasePath: join(directory, 'data', 'opengateway.db'),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

const common = {
  disabled: false,
  models: null,
  providers: null,
  endpoints: null,
  allowedIps: null,
  limits: null,
  budgets: [],
  metadata: {},
  tags: [],
  createdAtMs: 1,
  updatedAtMs: 1,
  version: 1,
  deletedAtMs: null,
};

export function organizationWith(fields: Partial<EntityOf['organization']> = {}): EntityOf['organization'] {
  return { ...common, id: newObjectId('org'), name: 'o', ...fields };
}

export function teamWith(fields: Partial<EntityOf['team']> = {}): EntityOf['team'] {
  return { ...common, id: newObjectId('team'), name: 't', organizationId: null, ...fields };
}

export function userWith(fields: Partial<EntityOf['user']> = {}): EntityOf['user'] {
  const places = { organizationId: null, teamId: null };
  return { ...common, ...places, id: newObjectId('user'), name: 'u', email: null, role: 'member', ...fields };
}

export function keyWith(fields: Partial<EntityOf['key']> = {}): EntityOf['key'] {
  const places = { organizationId: null, teamId: null, userId: null };
  const own = { role: 'member', expiresAtMs: null, hint: 'sk-og-…abcd' } as const;
  return { ...common, ...places, ...own, id: newObjectId('key'), name: 'k', ...fields };
}
