/** Access tokens of Microsoft Entra for an application: the OAuth 2.0 client credentials grant (RFC 6749, 4.4). */
import type { AccessToken } from './token-cache.ts';

export interface EntraApplication {
  readonly authorityHost: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope: string;
}

/** Rejects with what the authority answered instead. */
export async function fetchEntraToken(
  { authorityHost, tenantId, clientId, clientSecret, scope }: EntraApplication,
  signal: AbortSignal,
): Promise<AccessToken> {
  const oauth = await import('oauth4webapi');
  const issuer = `${authorityHost}/${encodeURIComponent(tenantId)}/v2.0`;
  const server = {
    issuer,
    token_endpoint: `${authorityHost}/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`,
  };
  const client = { client_id: clientId };
  const response = await oauth.clientCredentialsGrantRequest(
    server,
    client,
    oauth.ClientSecretPost(clientSecret),
    { scope },
    // Plain http only where the operator's own setting says so.
    { signal, [oauth.allowInsecureRequests]: authorityHost.startsWith('http:') },
  );
  const granted = await oauth.processClientCredentialsResponse(server, client, response);
  return { value: granted.access_token, expiresAtMs: Date.now() + (granted.expires_in ?? 300) * 1000 };
}
