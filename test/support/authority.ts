/** A certificate authority made for the occasion, with the openssl command line. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

export interface Authority {
  readonly certificate: string;
  /** Where `certificate` is, in PEM. */
  readonly path: string;
  /**
   * A certificate for a server. `names` as openssl writes them (`DNS:localhost,IP:127.0.0.1`), none for a certificate
   * without; `commonName` is the subject's; a `days` below zero is over.
   */
  issue(names?: string, options?: { readonly commonName?: string; readonly days?: number }): Certificate;
  remove(): void;
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export function makeAuthority(): Authority {
  const dir = mkdtempSync(join(tmpdir(), 'opengateway-authority-'));
  const openssl = (...command: string[]) => {
    const ran = Bun.spawnSync(['openssl', ...command], { cwd: dir });
    if (ran.exitCode !== 0) throw new Error(`openssl failed: ${ran.stderr}`);
  };
  const read = (file: string) => readFileSync(join(dir, file), 'utf8');
  const own = ['-subj', '/CN=Test Authority', '-addext', 'basicConstraints=critical,CA:TRUE'];
  openssl('req', '-x509', ...newKey, '-days', '2', ...own, '-keyout', 'ca.key', '-out', 'ca.pem');
  let issued = 0;
  return {
    certificate: read('ca.pem'),
    path: join(dir, 'ca.pem'),
    issue(names, { commonName = 'nobody', days = 2 } = {}) {
      const name = `leaf${issued++}`;
      const extensions = ['basicConstraints=CA:FALSE'].concat(
        names === undefined ? [] : `subjectAltName=${names}`,
      );
      writeFileSync(join(dir, `${name}.ext`), extensions.join('\n'));
      openssl(
        'req',
        ...newKey,
        '-subj',
        `/CN=${commonName}`,
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.csr`,
      );
      const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', `${name}.ext`];
      openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-days', String(days), '-out', `${name}.pem`);
      return { key: read(`${name}.key`), cert: read(`${name}.pem`) };
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}
