/** What identity asks of a storage, put in terms of rows: whatever keeps rows answers it. */
import type { EntityKind, EntityOf, KeySecret } from '../identity/entity.ts';
import type { IdentityStore, KeptReply, ListQuery } from '../identity/identity-store.ts';
import type { StoredCredential } from '../identity/stored-credential.ts';
import { entityOf, type Row } from './rows.ts';
import { type Statement, selectOne, selectPage, selectReply, selectSecret } from './statements.ts';
import { credentialOf, selectCredentials } from './stored-credentials.ts';

type Asked = Pick<IdentityStore, 'find' | 'list' | 'findSecret' | 'findReply' | 'listCredentials'>;

export abstract class IdentityRows implements Asked {
  /** Throws or rejects with `storage_unavailable`. */
  protected abstract rows(statement: Statement): readonly Row[] | Promise<readonly Row[]>;

  async find<Kind extends EntityKind>(kind: Kind, id: string): Promise<EntityOf[Kind] | undefined> {
    const [row] = await this.rows(selectOne(kind, id));
    return row && entityOf(kind, row);
  }

  async list<Kind extends EntityKind>(kind: Kind, query: ListQuery): Promise<readonly EntityOf[Kind][]> {
    const rows = await this.rows(selectPage(kind, query));
    return rows.map((row) => entityOf(kind, row));
  }

  async findSecret(keyed: string): Promise<KeySecret | undefined> {
    const [row] = await this.rows(selectSecret(keyed));
    return (
      row && {
        hash: String(row.hash),
        keyId: String(row.key_id),
        createdAtMs: Number(row.created_at_ms),
        expiresAtMs: row.expires_at_ms as number | null,
      }
    );
  }

  async findReply(id: string): Promise<KeptReply | undefined> {
    const [row] = await this.rows(selectReply(id));
    return (
      row && {
        id: String(row.id),
        request: String(row.request),
        sealed: String(row.sealed),
        expiresAtMs: Number(row.expires_at_ms),
      }
    );
  }

  async listCredentials(): Promise<readonly StoredCredential[]> {
    return (await this.rows(selectCredentials)).map(credentialOf);
  }
}
