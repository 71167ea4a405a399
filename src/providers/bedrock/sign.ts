/** AWS Signature Version 4 in the headers of a request; the calculation is Smithy's, the hashing the runtime's own. */

export interface AwsCredential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface Signable {
  readonly method: string;
  readonly host: string;
  /** As it stands in the request line, without the query. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Scope {
  readonly region: string;
  readonly service: string;
  readonly date: Date;
}

type Bytes = string | ArrayBuffer | ArrayBufferView;

function bytesOf(data: Bytes): string | Uint8Array {
  if (typeof data === 'string') return data;
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}

/** SHA-256, keyed when there is a key, as the signer wants it. */
class Sha256 {
  readonly #key: Bytes | undefined;
  #hash: Bun.CryptoHasher;

  constructor(key?: Bytes) {
    this.#key = key;
    this.#hash = this.#fresh();
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = this.#fresh();
  }

  #fresh(): Bun.CryptoHasher {
    return new Bun.CryptoHasher('sha256', this.#key === undefined ? undefined : bytesOf(this.#key));
  }
}

/** Names and values decoded, for the signer to encode in its own way. */
function queryBag(query: string): Record<string, string[]> {
  const bag: Record<string, string[]> = {};
  for (const pair of query === '' ? [] : query.split('&')) {
    const [name = '', value = ''] = pair.split(/=(.*)/s).map(decodeURIComponent);
    bag[name] = [...(bag[name] ?? []), value];
  }
  return bag;
}

/** All headers of the request, `authorization`, `x-amz-date` and the session's token among them; names in lower case. */
export async function signedHeaders(
  request: Signable,
  credential: AwsCredential,
  { region, service, date }: Scope,
): Promise<Record<string, string>> {
  // Loaded with the first request that is signed: most gateways never sign one.
  const { SignatureV4 } = await import('@smithy/signature-v4');
  const signer = new SignatureV4({
    credentials: { ...credential },
    region,
    service,
    sha256: Sha256,
    applyChecksum: false,
  });
  const { headers } = await signer.sign(
    {
      method: request.method,
      protocol: 'https:',
      hostname: request.host,
      path: request.path,
      query: queryBag(request.query),
      headers: { ...request.headers },
      body: request.body,
    },
    { signingDate: date },
  );
  return headers;
}

/** The parts of an address exactly as they go over the wire. */
export function partsOf(url: string): Pick<Signable, 'host' | 'path' | 'query'> {
  const [, rest = ''] = url.split('://', 2);
  const [target = ''] = rest.slice(rest.indexOf('/')).split('#', 1);
  const [path = '/', query = ''] = target.split(/\?(.*)/s);
  return { host: new URL(url).host, path, query };
}
