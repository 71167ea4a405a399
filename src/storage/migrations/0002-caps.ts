/** Limits and budgets of organizations, teams, users and keys, as JSON. */
import type { Migration } from '../migration.ts';

export const caps: Migration = {
  number: 2,
  name: 'caps',
  statements: ['organizations', 'teams', 'users', 'keys'].flatMap((table) => [
    `ALTER TABLE ${table} ADD COLUMN limits TEXT`,
    `ALTER TABLE ${table} ADD COLUMN budgets TEXT NOT NULL DEFAULT '[]'`,
  ]),
};
