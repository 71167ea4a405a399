/** Which requests ask for a WebSocket at all. */
import { expect, test } from 'bun:test';
import { asksForSocket } from '../../src/http/websocket.ts';

test.each([
  ['GET', { upgrade: 'websocket', connection: 'Upgrade' }, true],
  ['GET', { upgrade: 'WebSocket', connection: 'keep-alive, upgrade' }, true],
  ['GET', { upgrade: 'h2c, websocket', connection: 'Upgrade, HTTP2-Settings' }, true],
  ['GET', { upgrade: 'websocket' }, false],
  ['GET', { connection: 'Upgrade' }, false],
  ['GET', { upgrade: 'h2c', connection: 'Upgrade' }, false],
  ['GET', { upgrade: 'websocketish', connection: 'Upgrade' }, false],
  ['GET', { upgrade: 'websocket', connection: 'close' }, false],
  ['POST', { upgrade: 'websocket', connection: 'Upgrade' }, false],
  ['HEAD', { upgrade: 'websocket', connection: 'Upgrade' }, false],
] as [string, Record<string, string>, boolean][])('%s with %j: %p', (method, headers, asks) => {
  expect(asksForSocket(new Request('http://g/', { method, headers }))).toBe(asks);
});
