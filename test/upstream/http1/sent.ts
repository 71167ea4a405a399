/** What a request is when it arrives. */
import type { WireRequest } from '../../../src/upstream/transport.ts';
import { ok, withStage } from './stage.ts';

/** The bytes that arrive for a request, a character each; the reply comes when `isWhole` says so. */
export async function sent(
  request: (url: string) => Partial<WireRequest>,
  isWhole = (text: string) => text.includes('\r\n\r\n'),
): Promise<string> {
  let text = '';
  await withStage(
    (socket) => {
      socket.on('data', (bytes) => {
        text += bytes.toString('latin1');
        if (isWhole(text)) socket.write(ok());
      });
    },
    async ({ call, url, peer }) => {
      const { status, text: said } = await call(request(url));
      if (status !== 200 || said !== 'ok') throw new Error(`the call gave ${status} ${said}`);
      text = text.replaceAll(`:${peer.port}`, ':port');
    },
  );
  return text;
}
