/** Subprotocols of a handshake that are none: what a browser, which can set no header, says among them. */
import { isCredential, offeredProtocols } from '../../identity/socket-credential.ts';

/** The header each beginning stands for. */
const spoken = [
  { beginning: 'openai-organization.', header: 'openai-organization' },
  { beginning: 'openai-project.', header: 'openai-project' },
  { beginning: 'openai-beta.', header: 'openai-beta' },
] as const;

/** What a header of that name would have said: `openai-beta.realtime-v1` is `realtime=v1`. */
export function spokenHeader(client: Headers, name: string): string | undefined {
  const known = spoken.find(({ header }) => header === name);
  if (known === undefined) return undefined;
  const protocol = offeredProtocols(client).find((offered) => offered.startsWith(known.beginning));
  const said = protocol?.slice(known.beginning.length);
  return name === 'openai-beta' ? said?.replace(/-(?=v\d+$)/, '=') : said;
}

/** The one that is said back: a browser that offered some wants one chosen. Empty: none is. */
export function chosenProtocol(client: Headers): string {
  const offered = offeredProtocols(client).filter((name) => !isCredential(name));
  if (offered.includes('realtime')) return 'realtime';
  return offered.find((name) => !spoken.some(({ beginning }) => name.startsWith(beginning))) ?? '';
}
