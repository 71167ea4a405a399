/** Every migration, in order: forward only, and never changed once released. */
import type { Migration } from '../migration.ts';
import { identity } from './0001-identity.ts';
import { caps } from './0002-caps.ts';
import { upstream } from './0003-upstream.ts';

export const migrations: readonly Migration[] = [identity, caps, upstream];
