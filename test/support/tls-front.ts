/** The same address behind TLS, with a certificate made for the occasion: for clients that send a key over nothing else. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TlsFront {
  readonly url: string;
  /** The certificate, to be trusted. */
  readonly certificate: string;
  stop(): Promise<void>;
}

export const opensslIsPresent = Bun.which('openssl') !== null;

/** For this machine, good for two days. */
export function makeCertificate(dir: string): { readonly key: string; readonly certificate: string } {
  const [key, certificate] = [join(dir, 'key.pem'), join(dir, 'certificate.pem')];
  const made = Bun.spawnSync(
    ['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
      .concat(['-days', '2', '-subj', '/CN=localhost'])
      .concat(['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'])
      .concat(['-keyout', key, '-out', certificate]),
  );
  if (made.exitCode !== 0) throw new Error(`openssl failed: ${made.stderr}`);
  return { key, certificate };
}

export function startTlsFront(target: string): TlsFront {
  const dir = mkdtempSync(join(tmpdir(), 'opengateway-tls-'));
  const { key, certificate } = makeCertificate(dir);
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    tls: { key: readFileSync(key, 'utf8'), cert: readFileSync(certificate, 'utf8') },
    fetch: async (request) => {
      const { pathname, search } = new URL(request.url);
      const body = request.method === 'GET' ? undefined : await request.bytes();
      const headers = new Headers(request.headers);
      headers.delete('host');
      return await fetch(`${target}${pathname}${search}`, {
        method: request.method,
        headers,
        ...(body !== undefined && { body }),
        decompress: false,
      });
    },
  });
  return {
    url: `https://127.0.0.1:${server.port}`,
    certificate,
    async stop() {
      await server.stop(true);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
