/** Where on this machine entries wait for PostgreSQL. */

/** `databasePath`: where the database file would be. `databaseId`: what waits for one database must not go to another. */
export function journalPathOf(databasePath: string, databaseId: string): string {
  return `${databasePath.replace(/\.db$/, '')}.journal.${databaseId}.db`;
}
