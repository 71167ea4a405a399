/** What `Bun.connect` makes of TLS: who is trusted, when a byte may go, what the handshake says, how connections end. */
import { afterAll, describe, expect, test } from 'bun:test';
import { connect, createServer, type Socket as PeerSocket } from 'node:net';
import type { Socket, SocketHandler, TLSOptions } from 'bun';
import { type Certificate, makeAuthority } from '../support/authority.ts';
import { bun, compile, directoryWith, run } from '../support/bun-program.ts';
import { eventually } from '../support/eventually.ts';
import { startPeer } from '../support/peer.ts';
import { opensslIsPresent } from '../support/tls-front.ts';

const describeTls = describe.skipIf(!opensslIsPresent);
const authority = opensslIsPresent ? makeAuthority() : undefined;
afterAll(() => authority?.remove());

const issue = (names?: string, options = {}): Certificate =>
  authority?.issue(names, options) ?? { key: '', cert: '' };
const ca = authority?.certificate ?? '';
const good = issue('DNS:localhost,IP:127.0.0.1');

interface Client {
  readonly socket: Socket;
  readonly told: string[];
}

/** Connects, and writes down what is told; `handlers` see it too. */
async function connectTls(
  hostname: string,
  port: number,
  tls: TLSOptions | true,
  handlers: Pick<SocketHandler, 'open' | 'handshake'> = {},
): Promise<Client> {
  const told: string[] = [];
  const codeOf = (error?: Error | null) => (error as { code?: string } | null | undefined)?.code ?? '';
  const socket = await Bun.connect({
    hostname,
    port,
    tls,
    socket: {
      open(opened) {
        told.push('open');
        return handlers.open?.(opened);
      },
      handshake(opened, isTrusted, error) {
        told.push(`handshake ${isTrusted} ${codeOf(error)}`.trim());
        return handlers.handshake?.(opened, isTrusted, error);
      },
      data: (_, bytes) => void told.push(`data ${bytes}`),
      end: () => void told.push('end'),
      close: (_, error) => void told.push(`close ${codeOf(error)}`.trim()),
      error: (_, error) => void told.push(`error ${codeOf(error)}`),
    },
  });
  return { socket, told };
}

describeTls('who is trusted', () => {
  const unknown = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';
  const otherName = 'ERR_TLS_CERT_ALTNAME_INVALID';
  const wildcard = issue('DNS:*.some.test');
  const nameless = issue(undefined, { commonName: 'localhost' });
  const cases: [string, Certificate, string, TLSOptions, string][] = [
    ['a name', good, 'localhost', { ca }, ''],
    ['an address', good, '127.0.0.1', { ca }, ''],
    ['a chain that ends nowhere', good, 'localhost', { rejectUnauthorized: true }, unknown],
    ['a date that is past', issue('DNS:localhost', { days: -1 }), 'localhost', { ca }, 'CERT_HAS_EXPIRED'],
    ['another name', issue('DNS:other.test'), 'localhost', { ca }, otherName],
    ['another name, for an address', issue('DNS:localhost'), '127.0.0.1', { ca }, otherName],
    ['an address, for a name', issue('IP:127.0.0.1'), 'localhost', { ca }, otherName],
    ['an address said as a name', issue('DNS:127.0.0.1'), '127.0.0.1', { ca }, otherName],
    [
      'a common name beside names',
      issue('DNS:other.test', { commonName: 'localhost' }),
      'localhost',
      { ca },
      otherName,
    ],
    ['a common name alone', nameless, 'localhost', { ca }, ''],
    ['a name without a server name sent', good, 'localhost', { ca, serverName: '' }, ''],
    ['an address without a server name sent', good, '127.0.0.1', { ca, serverName: '' }, ''],
    [
      'another name, without a server name sent',
      issue('DNS:other.test'),
      '127.0.0.1',
      { ca, serverName: '' },
      otherName,
    ],
    ['a wildcard', wildcard, '127.0.0.1', { ca, serverName: 'a.some.test' }, ''],
    ['a wildcard, two labels', wildcard, '127.0.0.1', { ca, serverName: 'a.b.some.test' }, otherName],
    ['a wildcard, no label', wildcard, '127.0.0.1', { ca, serverName: 'some.test' }, otherName],
  ];

  test.each(cases)('%s', async (_, certificate, hostname, tls, refusal) => {
    let heard = '';
    let wrote: number | undefined;
    const peer = await startPeer((socket) => void socket.on('data', (bytes) => (heard += bytes)), {
      tls: certificate,
    });
    const { socket, told } = await connectTls(hostname, peer.port, tls, {
      handshake(opened, isTrusted) {
        expect(opened.authorized).toBe(isTrusted);
        wrote = opened.write('hello');
      },
    });
    if (refusal === '') {
      await eventually(() => heard === 'hello', 'the first bytes');
      expect(told).toEqual(['open', 'handshake true']);
      expect(wrote).toBe(5);
    } else {
      await eventually(() => told.includes('close'), 'the refusal');
      expect(told).toEqual(['open', `handshake false ${refusal}`, 'close']);
      expect(wrote).toBe(-1);
      await Bun.sleep(20);
      expect(heard).toBe('');
      expect(peer.accepted()).toBe(0);
    }
    socket.terminate();
    await peer.stop();
  });

  test('fetch thinks the same', async () => {
    for (const [what, certificate, hostname, tls, refusal] of cases) {
      if (tls.serverName !== undefined && tls.serverName !== '') continue;
      const play = (socket: { end(text: string): void }) => socket.end('HTTP/1.1 204 No Content\r\n\r\n');
      const peer = await startPeer(play, { tls: certificate });
      const outcome = await fetch(`https://${hostname}:${peer.port}`, { tls, keepalive: false }).then(
        () => '',
        (error) => String(error.code),
      );
      expect([what, outcome]).toEqual([what, refusal]);
      await peer.stop();
    }
  });

  test('without a handler for the handshake, open is told even of who is not trusted', async () => {
    const peer = await startPeer(() => {}, { tls: good });
    const opened = Promise.withResolvers<boolean>();
    const socket = { open: ({ authorized }: Socket) => opened.resolve(authorized), data() {} };
    await Bun.connect({ hostname: 'localhost', port: peer.port, tls: true, socket });
    expect(await opened.promise).toBe(false);
    await peer.stop();
  });
});

describeTls('the environment decides as it does for fetch', () => {
  const program = `
const [port, host] = process.argv.slice(2);
const fetched = await fetch('https://' + host + ':' + port).then((reply) => String(reply.status), (error) => error.code);
const { promise, resolve } = Promise.withResolvers();
await Bun.connect({ hostname: host, port: Number(port), tls: true, socket: {
  open() {}, data() {}, handshake: (_, isTrusted, error) => resolve([isTrusted, error?.code ?? ''].join(' ').trim()),
} });
console.log(fetched + ', ' + await promise);
process.exit(0);
`;
  const dir = directoryWith({ 'main.ts': program });
  afterAll(() => dir.remove());
  const alien = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';
  const cases: [Record<string, string>, string][] = [
    [{}, `${alien}, false ${alien}`],
    [{ NODE_EXTRA_CA_CERTS: authority?.path ?? '' }, '204, true'],
    [{ SSL_CERT_FILE: authority?.path ?? '' }, '204, true'],
    [{ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, `204, true ${alien}`],
  ];

  test.each(['from source', 'compiled'])('%s', async (how) => {
    const command = how === 'compiled' ? [await compile(dir, 'program')] : [bun, 'main.ts'];
    const peer = await startPeer((socket) => socket.end('HTTP/1.1 204 No Content\r\n\r\n'), { tls: good });
    for (const [env, expected] of cases)
      expect([env, (await run([...command, String(peer.port), 'localhost'], dir.path, env)).out]).toEqual([
        env,
        expected,
      ]);
    await peer.stop();
  });

  test('but a wrong name is refused by word alone: the connection stays open', async () => {
    let heard = '';
    const play = (socket: NodeJS.EventEmitter) => void socket.on('data', (bytes) => (heard += bytes));
    const peer = await startPeer(play, { tls: issue('DNS:other.test') });
    const { socket, told } = await connectTls(
      'localhost',
      peer.port,
      { ca, rejectUnauthorized: false },
      { handshake: (opened) => void opened.write('hello') },
    );
    await eventually(() => heard === 'hello', 'the bytes');
    expect(told).toEqual(['open', 'handshake false ERR_TLS_CERT_ALTNAME_INVALID']);
    socket.terminate();
    await peer.stop();
  });
});

/** The server name and the protocols that a client's first message offers. */
function offered(hello: Buffer): { readonly serverName?: string; readonly protocols?: string } {
  let at = 5 + 4 + 2 + 32;
  at += 1 + hello.readUInt8(at);
  at += 2 + hello.readUInt16BE(at);
  at += 1 + hello.readUInt8(at);
  const extensions = new Map<number, Buffer>();
  for (at += 2; at + 4 <= hello.length; ) {
    const length = hello.readUInt16BE(at + 2);
    extensions.set(hello.readUInt16BE(at), hello.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  const [serverName, protocols] = [extensions.get(0), extensions.get(16)];
  return {
    ...(serverName !== undefined && { serverName: serverName.toString('latin1', 5) }),
    ...(protocols !== undefined && { protocols: protocols.toString('latin1', 2) }),
  };
}

describeTls('the first message', () => {
  const http = '\x08http/1.1';
  const connectWith = (hostname: string, tls: TLSOptions | true) => (port: number) =>
    connectTls(hostname, port, tls);
  const fetchFrom = (hostname: string) => (port: number) => fetch(`https://${hostname}:${port}`);
  test.each([
    ['names its host', connectWith('localhost', true), { serverName: 'localhost' }],
    ['names even an address, which it must not', connectWith('127.0.0.1', true), { serverName: '127.0.0.1' }],
    ['names nothing when told so', connectWith('127.0.0.1', { serverName: '' }), {}],
    [
      'offers protocols as they go over the wire',
      connectWith('localhost', { ALPNProtocols: http }),
      { serverName: 'localhost', protocols: http },
    ],
    ['of fetch names a host', fetchFrom('localhost'), { serverName: 'localhost', protocols: http }],
    ['of fetch names no address', fetchFrom('127.0.0.1'), { protocols: http }],
  ] as [string, (port: number) => Promise<unknown>, object][])('%s', async (_, act, expected) => {
    const hello = Promise.withResolvers<Buffer>();
    const peer = await startPeer((socket) => void socket.once('data', hello.resolve));
    const acted = act(peer.port).catch(() => {});
    expect(offered(await hello.promise)).toEqual(expected);
    await peer.stop();
    await acted;
  });

  test.each([
    ['true', true, true],
    ['an option', { serverName: '' }, true],
    ['no option', {}, false],
    ['an option that is undefined', { ca: undefined }, false],
  ] as [string, TLSOptions | true, boolean][])('is one of TLS for %s', async (_, tls, isTls) => {
    const first = Promise.withResolvers<Buffer>();
    const peer = await startPeer((socket) => void socket.once('data', first.resolve));
    const { socket } = await connectTls('localhost', peer.port, tls, {
      open: (opened) => void opened.write('in clear'),
    });
    expect((await first.promise).toString('latin1', 0, 8) === 'in clear').toBe(!isTls);
    socket.terminate();
    await peer.stop();
  });

  test('that offers protocols in a list is refused', () => {
    const tls = { ALPNProtocols: ['http/1.1'] as unknown as string };
    expect(() => Bun.connect({ hostname: 'localhost', port: 1, tls, socket: { data() {} } })).toThrow(
      'ALPNProtocols',
    );
  });
});

describeTls('before the handshake', () => {
  test('nothing is taken, kept or sent', async () => {
    let heard = '';
    const peer = await startPeer((socket) => void socket.on('data', (bytes) => (heard += bytes)), {
      tls: good,
    });
    const taken: number[] = [];
    const { socket } = await connectTls(
      'localhost',
      peer.port,
      { ca },
      {
        open: (opened) => void taken.push(opened.write('too early')),
        handshake: (opened) => void taken.push(opened.write('in time')),
      },
    );
    await eventually(() => heard !== '', 'the bytes');
    expect(taken).toEqual([0, 7]);
    expect(heard).toBe('in time');
    socket.terminate();
    await peer.stop();
  });

  const alert = Buffer.from([21, 3, 3, 0, 2, 2, 40]);
  const lost = ['open', 'handshake false ECONNRESET', 'close'];
  const broken = ['open', 'handshake false EPROTO', 'close'];
  test.each([
    ['ends its half', (socket) => void socket.end(), lost],
    ['resets', (socket) => void socket.resetAndDestroy(), ['open', 'close ECONNRESET']],
    ['speaks plainly', (socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'), broken],
    ['refuses', (socket) => void socket.write(alert), broken],
  ] as [string, (socket: PeerSocket) => void, string[]][])('a peer that %s', async (_, act, expected) => {
    const peer = await startPeer((socket) => void socket.once('data', () => act(socket)));
    const { told } = await connectTls('localhost', peer.port, { ca });
    await eventually(() => told.length === expected.length, 'the end');
    expect(told).toEqual(expected);
    await peer.stop();
  });
});

describeTls('after the handshake', () => {
  /** Connects by way of a relay, to break into what the server sends. */
  async function intercepted(breakIn: (towardsClient: PeerSocket) => void): Promise<string[]> {
    const peer = await startPeer((socket) => void socket.write('hello'), { tls: good });
    const relay = createServer((near) => {
      const far = connect(peer.port, '127.0.0.1');
      for (const side of [near, far]) side.on('error', () => {});
      near.pipe(far);
      far.on('data', (bytes) => near.write(bytes));
      near.on('break', () => breakIn(near));
    });
    const nears: PeerSocket[] = [];
    relay.on('connection', (near) => nears.push(near));
    await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
    const { told } = await connectTls('localhost', (relay.address() as { port: number }).port, { ca });
    await eventually(() => told.includes('data hello'), 'the first words');
    nears[0]?.emit('break');
    await eventually(() => told.some((event) => event.startsWith('close')), 'the end');
    relay.close();
    await peer.stop();
    return told.slice(3);
  }

  test('an end without a goodbye looks like any other', async () => {
    expect(await intercepted((near) => near.end())).toEqual(['end', 'close']);
  });
  test('what does not decrypt is told as an error', async () => {
    expect(await intercepted((near) => near.write('nonsense'))).toEqual(['error EPROTO', 'close']);
  });

  test.each([
    ['end', false],
    ['close', true],
    ['terminate', true],
  ] as const)('%s() lets go of the connection while the peer stays: %p', async (how, letsGo) => {
    const peer = await startPeer((socket) => void socket.resume(), { tls: good });
    const { socket, told } = await connectTls('localhost', peer.port, { ca });
    await eventually(() => told.includes('handshake true'), 'the handshake');
    socket[how]();
    await Bun.sleep(100);
    expect(told.includes('close')).toBe(letsGo);
    await peer.stop();
  });
});
