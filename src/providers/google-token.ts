/** Access tokens of Google Cloud: a service account, workload identity, a user's login or the metadata server. */
import { readFile } from 'node:fs/promises';
import type { AuthClient } from 'google-auth-library';
import { isObject, type JsonObject, parseObject, stringOf } from '../core/json.ts';
import type { AccessToken } from './token-cache.ts';

const scopes = ['https://www.googleapis.com/auth/cloud-platform'];
/** The library's own for service accounts; it does not read the file's `token_uri`. */
const usualTokenUrl = 'https://oauth2.googleapis.com/token';
const timeoutMs = 8000;

/** Requests of the library go by the runtime's own fetch, those for a token to where the file says. */
function transporterOptions(tokenUrl: string = usualTokenUrl) {
  const fetchImplementation = (input: string | URL | Request, init?: RequestInit) =>
    fetch(String(input) === usualTokenUrl ? tokenUrl : input, init);
  return { timeout: timeoutMs, fetchImplementation: fetchImplementation as typeof fetch };
}

async function clientFrom(file: JsonObject, path: string): Promise<AuthClient> {
  const google = await import('google-auth-library');
  const [email, key] = [stringOf(file.client_email), stringOf(file.private_key)];
  if (file.type === 'service_account' && email !== undefined && key !== undefined)
    return new google.JWT({
      email,
      key,
      scopes,
      transporterOptions: transporterOptions(stringOf(file.token_uri)),
    });
  if (file.type === 'external_account') {
    const isAws = isObject(file.credential_source) && file.credential_source.environment_id !== undefined;
    const options = { ...file, scopes, transporterOptions: transporterOptions() };
    return isAws
      ? new google.AwsClient(options as unknown as ConstructorParameters<typeof google.AwsClient>[0])
      : new google.IdentityPoolClient(
          options as unknown as ConstructorParameters<typeof google.IdentityPoolClient>[0],
        );
  }
  const [clientId, clientSecret, refreshToken] = ['client_id', 'client_secret', 'refresh_token'].map((name) =>
    stringOf(file[name]),
  );
  if (file.type === 'authorized_user' && clientId && clientSecret && refreshToken)
    return new google.UserRefreshClient({
      clientId,
      clientSecret,
      refreshToken,
      transporterOptions: transporterOptions(),
    });
  throw new Error(`${path} holds no credentials of a known type (type: ${JSON.stringify(file.type)})`);
}

/** The credentials in a file; without one, those of the login on this machine or of the metadata server. */
async function clientFor(path: string | undefined): Promise<AuthClient> {
  if (path === undefined) {
    const { GoogleAuth } = await import('google-auth-library');
    return await new GoogleAuth({
      scopes,
      clientOptions: { transporterOptions: { timeout: timeoutMs } },
    }).getClient();
  }
  const file = parseObject(await readFile(path, 'utf8'));
  if (file === undefined) throw new Error(`${path} is not a JSON object`);
  return await clientFrom(file, path);
}

/** Every call asks the issuer anew, but for what the library itself keeps. */
export function createGoogleTokens(path: string | undefined): () => Promise<AccessToken> {
  let client: AuthClient | undefined;
  return async () => {
    client ??= await clientFor(path);
    const { token } = await client.getAccessToken();
    if (typeof token !== 'string' || token === '') throw new Error('the answer holds no access token');
    return { value: token, expiresAtMs: client.credentials.expiry_date ?? Date.now() + 300_000 };
  };
}
