/** Where credentials are found, in processes of their own with real endpoints beside them, and how long they are kept. */
import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createCredentialSource,
  namesCredentials,
  regionIn,
} from '../../../src/providers/bedrock/credentials.ts';
import { bun, run } from '../../support/bun-program.ts';

const home = mkdtempSync(join(tmpdir(), 'opengateway-aws-'));
const program = join(home, 'main.ts');
const source = join(import.meta.dir, '../../../src/providers/bedrock/credentials.ts');
writeFileSync(
  program,
  `const { createCredentialSource } = await import(${JSON.stringify(source)});
const found = createCredentialSource(process.env, 'us-east-1', Number(process.env.DEADLINE_MS ?? 8000));
const rounds = Number(process.env.ROUNDS ?? 1);
try {
  for (let round = 0; round < rounds; round++) {
    const [one, two] = await Promise.all([found.get(), found.get()]);
    if (one.accessKeyId !== two.accessKeyId) throw new Error('two callers, two credentials');
    const hidden = found.secrets.reduce((text, secret) => secret.scrub(text), one.secretAccessKey + (one.sessionToken ?? ''));
    if (hidden.replaceAll('[redacted]', '') !== '') throw new Error('a secret is seen: ' + hidden);
    if (found.secrets.length > 4) throw new Error('secrets are kept for ever');
    console.log([one.accessKeyId, one.secretAccessKey, one.sessionToken ?? ''].join(' '));
    await new Promise((resolve) => setTimeout(resolve, Number(process.env.PAUSE_MS ?? 0)));
  }
} catch (thrown) {
  console.log('failed: ' + thrown.message);
}
process.exit(0);
`,
);

const servers: Bun.Server<unknown>[] = [];
afterAll(() => {
  for (const server of servers) server.stop(true);
  rmSync(home, { recursive: true, force: true });
});

function serve(fetch: (request: Request) => Response | Promise<Response>): string {
  const server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch });
  servers.push(server);
  return `http://127.0.0.1:${server.port}`;
}

async function credentialsWith(env: Record<string, string>): Promise<string[]> {
  const { out, err } = await run([bun, program], home, {
    HOME: home,
    AWS_CONFIG_FILE: join(home, 'none'),
    AWS_SHARED_CREDENTIALS_FILE: join(home, 'none'),
    AWS_EC2_METADATA_DISABLED: 'true',
    ...env,
  });
  return out === '' ? [err] : out.split('\n');
}

function inSeconds(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString();
}

function issued(id: number, expiration: string) {
  return { AccessKeyId: `AK${id}`, SecretAccessKey: `SK${id}`, Token: `T${id}`, Expiration: expiration };
}

test('keys in the environment come first and need no chain', async () => {
  const found = createCredentialSource(
    { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 's3cr3t', AWS_SESSION_TOKEN: 't0k3n', AWS_PROFILE: 'p' },
    'us-east-1',
  );
  expect(await found.get()).toEqual({ accessKeyId: 'a', secretAccessKey: 's3cr3t', sessionToken: 't0k3n' });
  expect(found.secrets.map((secret) => secret.scrub('s3cr3t t0k3n'))).toEqual([
    '[redacted] t0k3n',
    's3cr3t [redacted]',
  ]);
});

test.each([
  [{}, false],
  [{ AWS_ACCESS_KEY_ID: 'a' }, false],
  [{ AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: ' ' }, false],
  [{ AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' }, true],
  [{ AWS_PROFILE: 'p' }, true],
  [{ AWS_WEB_IDENTITY_TOKEN_FILE: '/t' }, true],
  [{ AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/c' }, true],
  [{ AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1/c' }, true],
])('%j names credentials: %p', (environment, named) => {
  expect(namesCredentials(environment)).toBe(named);
});

test('the region is AWS_REGION, else AWS_DEFAULT_REGION', () => {
  expect(regionIn({ AWS_REGION: 'a', AWS_DEFAULT_REGION: 'b' })).toBe('a');
  expect(regionIn({ AWS_REGION: ' ', AWS_DEFAULT_REGION: 'b' })).toBe('b');
  expect(regionIn({})).toBeUndefined();
});

describe('the chain', () => {
  test('finds a profile in the shared files', async () => {
    const file = join(home, 'credentials');
    writeFileSync(
      file,
      '[default]\naws_access_key_id=D\naws_secret_access_key=d\n[team]\naws_access_key_id=A\naws_secret_access_key=b\n',
    );
    expect(await credentialsWith({ AWS_SHARED_CREDENTIALS_FILE: file, AWS_PROFILE: 'team' })).toEqual([
      'A b',
    ]);
    expect(await credentialsWith({ AWS_SHARED_CREDENTIALS_FILE: file })).toEqual(['D d']);
  });

  test('asks the container’s endpoint once for all callers, with its token', async () => {
    let asked = 0;
    const url = serve((request) => {
      asked++;
      if (request.headers.get('authorization') !== 'let me in') return new Response(null, { status: 403 });
      return Response.json(issued(asked, inSeconds(3600)));
    });
    const found = await credentialsWith({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/c`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: 'let me in',
      ROUNDS: '3',
    });
    expect(found).toEqual(['AK1 SK1 T1', 'AK1 SK1 T1', 'AK1 SK1 T1']);
    expect(asked).toBe(1);
  });

  test('renews what is about to expire, while the old one still serves', async () => {
    let asked = 0;
    const url = serve(() => {
      asked++;
      return Response.json(issued(asked, inSeconds(asked === 1 ? 120 : 3600)));
    });
    const found = await credentialsWith({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/c`,
      ROUNDS: '4',
      PAUSE_MS: '200',
    });
    expect(found[0]).toBe('AK1 SK1 T1');
    expect(found.at(-1)).toBe('AK2 SK2 T2');
    expect(asked).toBe(2);
  });

  test('never serves what has expired', async () => {
    let asked = 0;
    const url = serve(() => {
      asked++;
      return Response.json(issued(asked, inSeconds(asked === 1 ? 0.3 : 3600)));
    });
    const found = await credentialsWith({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/c`,
      ROUNDS: '2',
      PAUSE_MS: '600',
    });
    expect(found[1]).toBe('AK2 SK2 T2');
  });

  test('asks the instance’s metadata, version 2: a token first', async () => {
    const seen: string[] = [];
    const url = serve((request) => {
      const { pathname } = new URL(request.url);
      seen.push(`${request.method} ${pathname}`);
      if (pathname === '/latest/api/token') return new Response('TOKEN');
      if (request.headers.get('x-aws-ec2-metadata-token') !== 'TOKEN')
        return new Response(null, { status: 401 });
      if (pathname.endsWith('/security-credentials/')) return new Response('role');
      return Response.json({ ...issued(7, inSeconds(3600)), Code: 'Success' });
    });
    expect(
      await credentialsWith({ AWS_EC2_METADATA_DISABLED: 'false', AWS_EC2_METADATA_SERVICE_ENDPOINT: url }),
    ).toEqual(['AK7 SK7 T7']);
    expect(seen[0]).toBe('PUT /latest/api/token');
  });

  test('trades a web identity for a role at STS', async () => {
    const token = join(home, 'token');
    writeFileSync(token, 'JWT');
    let body = '';
    const url = serve(async (request) => {
      body = await request.text();
      return new Response(
        `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>AKW</AccessKeyId><SecretAccessKey>SKW</SecretAccessKey><SessionToken>TW</SessionToken><Expiration>${inSeconds(3600)}</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
        { headers: { 'content-type': 'text/xml' } },
      );
    });
    const found = await credentialsWith({
      AWS_WEB_IDENTITY_TOKEN_FILE: token,
      AWS_ROLE_ARN: 'arn:aws:iam::012345678901:role/r',
      AWS_ENDPOINT_URL_STS: url,
    });
    expect(found).toEqual(['AKW SKW TW']);
    expect(body).toContain('WebIdentityToken=JWT');
  });

  test('says so when there is nothing', async () => {
    expect(await credentialsWith({})).toEqual([expect.stringMatching(/^failed: /)]);
  });

  test('an endpoint that never answers does not hold a call for ever', async () => {
    const url = serve(() => new Promise<Response>(() => {}));
    const startedAtMs = performance.now();
    const found = await credentialsWith({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/c`,
      DEADLINE_MS: '300',
    });
    expect(found).toEqual(['failed: no AWS credential came within 0.3 s']);
    expect(performance.now() - startedAtMs).toBeLessThan(8000);
  });
});
