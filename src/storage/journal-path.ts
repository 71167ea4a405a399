/** Where on this machine entries wait for PostgreSQL. */

/** `databasePath`: where the database file would be. */
export function journalPathOf(databasePath: string): string {
  return `${databasePath.replace(/\.db$/, '')}.journal.db`;
}
