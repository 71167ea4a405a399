/**
 * Refuses a Host header that could make two readers of a request see different paths: missing, repeated or malformed
 * (RFC 9112, section 3.2). Runs before any routing.
 */
const wellFormed = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._~-]+)(?::[0-9]{1,5})?$/i;

export function createHostGuard(): (request: Request) => boolean {
  // Clients name the same host call after call.
  let lastGood: string | undefined;
  return (request) => {
    const host = request.headers.get('host');
    if (host === null) return false;
    if (host === lastGood) return true;
    if (!wellFormed.test(host) || !request.url.startsWith('http') || !URL.canParse(request.url)) return false;
    lastGood = host;
    return true;
  };
}
