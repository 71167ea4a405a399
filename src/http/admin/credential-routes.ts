/** The routes of credentials for providers. */

export type CredentialAction = 'list' | 'create' | 'show' | 'update' | 'remove';

export interface CredentialRoute {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** `:id` stands for an id. */
  readonly path: string;
  readonly action: CredentialAction;
}

const path = '/admin/credentials';
export const credentialRoutes: readonly CredentialRoute[] = [
  { method: 'GET', path, action: 'list' },
  { method: 'POST', path, action: 'create' },
  { method: 'GET', path: `${path}/:id`, action: 'show' },
  { method: 'PATCH', path: `${path}/:id`, action: 'update' },
  { method: 'DELETE', path: `${path}/:id`, action: 'remove' },
];
