/** Every migration, in order: forward only, and never changed once released. */
import type { Migration } from '../migration.ts';
import { identity } from './0001-identity.ts';

export const migrations: readonly Migration[] = [identity];
