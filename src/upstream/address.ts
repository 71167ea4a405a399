/** Which addresses the gateway may call: http and https only, nothing else that `fetch` would follow. */
export interface AddressProblem {
  readonly problem: string;
}

/** A base URL without its trailing slash, or what is wrong with it. */
export function readBaseUrl(text: string): string | AddressProblem {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return { problem: `'${text}' is not a URL` };
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return { problem: `the scheme '${url.protocol.slice(0, -1)}' is not http or https` };
  if (url.username !== '' || url.password !== '')
    return { problem: 'a base URL must not carry a user or password' };
  if (url.search !== '' || url.hash !== '')
    return { problem: 'a base URL must not carry a query or fragment' };
  return url.href.replace(/\/+$/, '');
}

/** Some paths have a model's name in them, and clients name models. */
const mostJoined = 1000;

/** Base URLs with paths that were joined before: most calls go where one went before them. */
export class JoinedPaths {
  readonly #byBase = new Map<string, Map<string, string>>();
  #size = 0;

  /** As `joinPath`. */
  of(baseUrl: string, path: string): string {
    const known = this.#byBase.get(baseUrl)?.get(path);
    if (known !== undefined) return known;
    if (this.#size >= mostJoined) {
      this.#byBase.clear();
      this.#size = 0;
    }
    let paths = this.#byBase.get(baseUrl);
    if (paths === undefined) {
      paths = new Map();
      this.#byBase.set(baseUrl, paths);
    }
    const url = joinPath(baseUrl, path);
    paths.set(path, url);
    this.#size++;
    return url;
  }
}

/** `https://host/v1` and `/v1/models` make `https://host/v1/models`: the version is said once, whichever of both has it. */
export function joinPath(baseUrl: string, path: string): string {
  const version = /^\/v\d\w*(?=\/)/.exec(path)?.[0];
  return version !== undefined && baseUrl.endsWith(version)
    ? baseUrl + path.slice(version.length)
    : baseUrl + path;
}
