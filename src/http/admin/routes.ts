/** The routes of administration: which method of which path does what to which kind of object. */
import type { EntityKind } from '../../identity/entity.ts';

export type AdminAction = 'list' | 'create' | 'show' | 'update' | 'remove' | 'rotate' | 'me' | 'usage';

export interface AdminRoute {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** `:id` stands for an id. */
  readonly path: string;
  readonly action: AdminAction;
  readonly kind: EntityKind;
}

const collections: readonly (readonly [string, EntityKind])[] = [
  ['/admin/keys', 'key'],
  ['/admin/teams', 'team'],
  ['/admin/organizations', 'organization'],
  ['/admin/users', 'user'],
];

export const adminRoutes: readonly AdminRoute[] = [
  { method: 'GET', path: '/admin/me', action: 'me', kind: 'key' },
  { method: 'GET', path: '/admin/usage', action: 'usage', kind: 'key' },
  ...collections.flatMap(([path, kind]): AdminRoute[] => [
    { method: 'GET', path, action: 'list', kind },
    { method: 'POST', path, action: 'create', kind },
    { method: 'GET', path: `${path}/:id`, action: 'show', kind },
    { method: 'PATCH', path: `${path}/:id`, action: 'update', kind },
    { method: 'DELETE', path: `${path}/:id`, action: 'remove', kind },
  ]),
  { method: 'POST', path: '/admin/keys/:id/rotate', action: 'rotate', kind: 'key' },
];
