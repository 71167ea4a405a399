/**
 * Where AWS credentials come from: keys in the environment, else the standard chain of AWS's own SDK (shared files and
 * profiles, SSO, web identity, the container's endpoint, the instance's metadata), which is loaded with its first use.
 */
import { Secret } from '../../core/secret.ts';
import type { AwsCredential } from './sign.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface CredentialSource {
  /** Rejects when there is none, or none came within the deadline. */
  get(): Promise<AwsCredential>;
  /** What must never be seen: that of the credential in use, and of the one before, which may still be on its way. */
  readonly secrets: readonly Secret[];
}

function filled(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value.trim();
}

function staticCredential(environment: Environment): AwsCredential | undefined {
  const accessKeyId = filled(environment.AWS_ACCESS_KEY_ID);
  const secretAccessKey = filled(environment.AWS_SECRET_ACCESS_KEY);
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  const sessionToken = filled(environment.AWS_SESSION_TOKEN);
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}

function secretsOf({ secretAccessKey, sessionToken = '' }: AwsCredential): Secret[] {
  return [new Secret(secretAccessKey), new Secret(sessionToken)];
}

/** Rejects with the message when the promise has not settled in time. */
async function within<T>(deadlineMs: number, message: string, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(message)), deadlineMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The SDK keeps what it found, and renews it five minutes before it expires while the old one still serves. */
async function createChain(environment: Environment, region: string): Promise<() => Promise<AwsCredential>> {
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
  const profile = filled(environment.AWS_PROFILE);
  const roleArn = filled(environment.AWS_ROLE_ARN);
  const webIdentityTokenFile = filled(environment.AWS_WEB_IDENTITY_TOKEN_FILE);
  return defaultProvider({
    ...(profile !== undefined && { profile }),
    ...(roleArn !== undefined && { roleArn }),
    ...(webIdentityTokenFile !== undefined && { webIdentityTokenFile }),
    clientConfig: { region },
  });
}

export function createCredentialSource(
  environment: Environment,
  region: string,
  deadlineMs = 10_000,
): CredentialSource {
  const known = staticCredential(environment);
  if (known !== undefined) return { get: () => Promise.resolve(known), secrets: secretsOf(known) };
  const secrets: Secret[] = [];
  let latest: AwsCredential | undefined;
  const noted = (credential: AwsCredential): AwsCredential => {
    if (credential !== latest)
      secrets.splice(0, secrets.length, ...secrets.slice(-2), ...secretsOf(credential));
    latest = credential;
    return credential;
  };
  let chain: Promise<() => Promise<AwsCredential>> | undefined;
  const message = `no AWS credential came within ${deadlineMs / 1000} s`;
  return {
    get() {
      chain ??= createChain(environment, region);
      return within(deadlineMs, message, chain.then((load) => load()).then(noted));
    },
    secrets,
  };
}

/** Whether the environment itself says where credentials are; files and instance roles are not looked for at start. */
export function namesCredentials(environment: Environment): boolean {
  return (
    staticCredential(environment) !== undefined ||
    [
      'AWS_PROFILE',
      'AWS_WEB_IDENTITY_TOKEN_FILE',
      'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
      'AWS_CONTAINER_CREDENTIALS_FULL_URI',
    ].some((name) => filled(environment[name]) !== undefined)
  );
}

/** The SDKs' own order. */
export function regionIn(environment: Environment): string | undefined {
  return filled(environment.AWS_REGION) ?? filled(environment.AWS_DEFAULT_REGION);
}
