/** TLS of the client: who is trusted before a byte goes out, what a failed handshake is, and the same service behind it. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { connect, createServer, type Socket } from 'node:net';
import { type Certificate, makeAuthority } from '../../support/authority.ts';
import { directoryWith, runSource } from '../../support/bun-program.ts';
import { eventually } from '../../support/eventually.ts';
import { startPeer } from '../../support/peer.ts';
import { opensslIsPresent } from '../../support/tls-front.ts';
import { answering, codeOf, ok, withStage } from './stage.ts';

const describeTls = describe.skipIf(!opensslIsPresent);
const authority = opensslIsPresent ? makeAuthority() : undefined;
afterAll(() => authority?.remove());

const issue = (names: string, days = 2): Certificate =>
  authority?.issue(names, { days }) ?? { key: '', cert: '' };
const good = issue('DNS:localhost,IP:127.0.0.1');
const other = issue('DNS:other.test');

describeTls('who is trusted', () => {
  const program = `
import { HttpClient } from '${new URL('../../../src/upstream/http1/client.ts', import.meta.url).pathname}';
const request = { method: 'POST', url: process.env.CALLED, headers: { authorization: 'Bearer secret' }, body: 'private' };
const client = new HttpClient({ environment: {} });
const outcome = await client.send(request).reply.then(({ status }) => String(status), ({ code }) => code);
console.log(outcome);
`;
  const dir = directoryWith({ 'main.ts': program });
  afterAll(() => dir.remove());
  const trusting = { NODE_EXTRA_CA_CERTS: authority?.path ?? '' };
  const unknown = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';
  const otherName = 'ERR_TLS_CERT_ALTNAME_INVALID';

  const cases: [string, Certificate, string, Record<string, string>, string][] = [
    ['a name', good, 'localhost', trusting, '204'],
    ['an address', good, '127.0.0.1', trusting, '204'],
    ['an authority nobody knows', good, 'localhost', {}, unknown],
    ['another name', other, 'localhost', trusting, otherName],
    ['another name, for an address', other, '127.0.0.1', trusting, otherName],
    ['a name, for an address', issue('DNS:localhost,DNS:127.0.0.1'), '127.0.0.1', trusting, otherName],
    ['a date that is past', issue('DNS:localhost', -1), 'localhost', trusting, 'CERT_HAS_EXPIRED'],
    ['anyone, when the environment says so', good, 'localhost', { NODE_TLS_REJECT_UNAUTHORIZED: '0' }, '204'],
    [
      'not even then another name',
      other,
      'localhost',
      { ...trusting, NODE_TLS_REJECT_UNAUTHORIZED: '0' },
      otherName,
    ],
  ];
  test.each(cases)('%s', async (_, certificate, host, env, outcome) => {
    let heard = '';
    const peer = await startPeer(
      (socket) => {
        socket.on('data', (bytes) => {
          heard += bytes;
          if (heard.endsWith('private')) socket.write('HTTP/1.1 204 No Content\r\n\r\n');
        });
        socket.on('end', () => socket.end());
      },
      { tls: certificate },
    );
    const { out, err } = await runSource(dir, 'main.ts', { ...env, CALLED: `https://${host}:${peer.port}/` });
    expect([out, err.replace(/^Warning:.*|.*NODE_TLS_REJECT_UNAUTHORIZED.*\n?/g, '').trim()]).toEqual([
      outcome,
      '',
    ]);
    expect(heard.includes('secret')).toBe(outcome === '204');
    await peer.stop();
  });
});

describeTls('the first message of the client', () => {
  const httpOffered = Buffer.from('\0\x10\0\x0b\0\x09\x08http/1.1', 'latin1');
  test.each([
    ['localhost', true],
    ['127.0.0.1', false],
  ])('to %s names it: %p, and offers HTTP/1.1', async (host, isNamed) => {
    const hello = Promise.withResolvers<Buffer>();
    await withStage(
      (socket) => void socket.once('data', (bytes: Buffer) => hello.resolve(bytes)),
      async ({ client, request, peer }) => {
        const sending = client.send(request({ url: `https://${host}:${peer.port}/` }));
        const bytes = await hello.promise;
        expect([bytes.includes(host), bytes.includes(httpOffered)]).toEqual([isNamed, true]);
        sending.cancel();
        expect(await codeOf(sending.reply)).toBe('Cancelled');
      },
    );
  });
});

describeTls('a handshake that does not come about', () => {
  const ways: [string, (socket: Socket) => void, string][] = [
    ['ended', (socket) => void socket.end(), 'ECONNRESET'],
    ['reset', (socket) => void socket.resetAndDestroy(), 'ECONNRESET'],
    ['answered in plain HTTP', (socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'), 'EPROTO'],
    ['answered with noise', (socket) => void socket.write(Buffer.alloc(100, 0x55)), 'EPROTO'],
    ['refused', (socket) => void socket.write(Buffer.from([21, 3, 3, 0, 2, 2, 40])), 'EPROTO'],
  ];
  test.each(ways)('%s', async (_, act, code) => {
    await withStage(
      (socket) => {
        socket.on('end', () => socket.end());
        socket.once('data', () => act(socket));
      },
      async ({ call, peer }) => {
        expect(await codeOf(call({ url: `https://localhost:${peer.port}/` }))).toBe(code);
        await eventually(() => peer.open() === 0, 'the connection closing');
      },
    );
  });

  test('given up while the other side is silent', async () => {
    await withStage(
      (socket) => void socket.resume(),
      async ({ client, request, peer }) => {
        const sending = client.send(request({ url: `https://localhost:${peer.port}/` }));
        await eventually(() => peer.open() === 1, 'the connection');
        await Bun.sleep(20);
        expect(sending.isConnected).toBe(false);
        sending.cancel();
        expect(await codeOf(sending.reply)).toBe('Cancelled');
        await eventually(() => peer.open() === 0, 'the connection closing');
      },
    );
  });

  test('with who is not trusted leaves no connection', async () => {
    await withStage(
      () => {},
      async ({ call, client, peer }) => {
        for (let at = 0; at < 20; at++) expect(await codeOf(call())).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
        expect([peer.accepted(), client.idleConnections]).toEqual([0, 0]);
      },
      { tls: good },
    );
  });
});

describeTls('behind TLS', () => {
  const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  beforeEach(() => {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  });
  afterEach(() => {
    if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
  });

  test('a connection serves one request after another, and goes when it is given up', async () => {
    let ends = 0;
    await withStage(
      (socket) => {
        socket.on('end', () => ends++);
        answering(() => void socket.write(ok()))(socket);
      },
      async ({ call, client, peer }) => {
        for (let at = 0; at < 5; at++) expect(await call()).toEqual({ status: 200, text: 'ok' });
        expect([peer.accepted(), client.idleConnections]).toEqual([1, 1]);
        client.close();
        await eventually(() => ends === 1, 'the goodbye');
      },
      { tls: good },
    );
  });

  test('a certificate for another name is refused all the same, and the connection closed', async () => {
    await withStage(
      (socket) => void socket.resume(),
      async ({ call, peer }) => {
        const failure = await codeOf(call({ url: `https://localhost:${peer.port}/` }));
        expect(failure).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
        await eventually(() => peer.open() === 0, 'the connection closing');
      },
      { tls: other },
    );
  });

  test('a connection given up is let go, also when the other side stays', async () => {
    let isRefused = false;
    await withStage(
      (socket) => {
        socket.on('error', () => {
          isRefused = true;
        });
        socket.on('end', () => {
          const goOn = setInterval(() => socket.write('more'), 5);
          socket.on('close', () => clearInterval(goOn));
        });
        socket.on('data', () => socket.write(ok()));
      },
      async ({ call, client }) => {
        await call();
        client.close();
        await eventually(() => isRefused, 'an end to it');
      },
      { tls: good },
    );
  });

  test('a large body goes and comes whole', async () => {
    const body = Buffer.alloc(24_000_000);
    for (let at = 0; at < body.length; at++) body[at] = (at * 31 + (at >> 8)) & 255;
    await withStage(
      (socket) => {
        let pending = Buffer.alloc(0);
        const pieces: Buffer[] = [];
        let got = -1;
        socket.pause();
        setTimeout(() => socket.resume(), 50);
        socket.on('end', () => socket.end());
        socket.on('data', (bytes: Buffer) => {
          if (got === -1) {
            pending = Buffer.concat([pending, bytes]);
            const end = pending.indexOf('\r\n\r\n');
            if (end === -1) return;
            pieces.push(pending.subarray(end + 4));
            got = pending.length - end - 4;
          } else {
            pieces.push(bytes);
            got += bytes.length;
          }
          if (got < body.length) return;
          socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${got}\r\n\r\n`);
          for (const piece of pieces) socket.write(piece);
        });
      },
      async ({ call, client }) => {
        const { text } = await call({ method: 'POST', body });
        expect(Buffer.from(text, 'latin1').equals(body)).toBe(true);
        expect(client.idleConnections).toBe(1);
      },
      { tls: good },
    );
  }, 20_000);

  test('a body that nobody reads holds its sender back', async () => {
    let written = 0;
    const whole = 32 << 20;
    await withStage(
      answering((socket) => {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${whole}\r\n\r\n`);
        const go = () => {
          while (written < whole) {
            written += 65_536;
            if (!socket.write(Buffer.alloc(65_536))) return void socket.once('drain', go);
          }
        };
        go();
      }),
      async ({ client, request, peer }) => {
        const { body } = await client.send(request()).reply;
        await Bun.sleep(200);
        expect(written).toBeLessThan(whole / 2);
        body?.cancel();
        await eventually(() => peer.open() === 0, 'the connection closing');
      },
      { tls: good },
    );
  });

  const head = 'HTTP/1.1 200 OK\r\n';
  test.each([
    ['a length', `${head}content-length: 50\r\n\r\nhello`],
    ['no length', `${head}\r\nhello`],
  ])('noise on the line breaks a reply with %s', async (_, reply) => {
    const peer = await startPeer(
      answering((socket) => void socket.write(reply)),
      { tls: good },
    );
    const relay = createServer((near) => {
      const far = connect(peer.port, '127.0.0.1');
      for (const side of [near, far]) side.on('error', () => far.destroy());
      near.pipe(far);
      far.on('data', (bytes) => near.write(bytes));
      setTimeout(() => near.write('noise'), 150);
    });
    await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
    await withStage(
      () => {},
      async ({ call }) => {
        const { port } = relay.address() as { port: number };
        expect(await codeOf(call({ url: `https://localhost:${port}/` }))).toBe('EPROTO');
      },
    );
    relay.close();
    await peer.stop();
  });
});
