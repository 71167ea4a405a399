/** An upstream that misbehaves as the called model's name says: `<scenario>` or `<scenario>.<argument>`. */
import type { Socket } from 'node:net';
import type { ConversationDialect } from '../../src/core/dialect-name.ts';
import { startTcpUpstream, type TcpUpstream } from '../support/tcp-upstream.ts';
import { formats } from '../support/wire/upstream.ts';
import { wholeReply } from './dialects/wire-script.ts';
import { replyOf } from './script.ts';

export interface FaultCall {
  readonly socket: Socket;
  /** The wire format the call came in, by its path. */
  readonly format: ConversationDialect;
  readonly stream: boolean;
  /** What follows the first dot of the model's name. */
  readonly argument: string;
  /** The request's head as it came, with the credential in it. */
  readonly head: string;
  readonly body: string;
  /** Writes and resolves a moment later, so that what comes next is read apart from it. */
  say(text: string | Uint8Array): Promise<void>;
}

export type Play = (call: FaultCall) => unknown;

export interface FaultUpstream extends TcpUpstream {
  /** The scenarios played so far, in order. */
  readonly played: string[];
  /** The heads of all requests so far, those of no scenario included. */
  readonly heads: string[];
  /** The connection of the latest call. */
  latest(): Socket | undefined;
}

/** The upstream at its best, which every set of scenarios has beside its faults. */
const normal: Play = ({ socket, format, stream }) => {
  socket.write(wholeReply(format, stream));
};

/** The call as its wire format has it: the model and the wish to stream stand in the path, or in the body. */
function readCall(
  head: string,
  body: string,
): { format: ConversationDialect; model: string; stream: boolean } {
  const [, target = ''] = head.split(' ', 2);
  const path = target.split('?', 1)[0] ?? '';
  const json = JSON.parse(body) as { model?: string; stream?: boolean };
  for (const [format, { match }] of Object.entries(formats)) {
    const line = match(path);
    if (line === undefined) continue;
    const { model = '', stream = false } = { ...json, ...line };
    return { format: format as ConversationDialect, model, stream };
  }
  // Where a model has left its place, the tests look at the head.
  return { format: 'openai-chat', model: 'none', stream: false };
}

const modelsText = JSON.stringify({ object: 'list', data: [{ id: 'normal', object: 'model' }] });
const apartMs = 60;

export async function startFaultUpstream(plays: Record<string, Play>): Promise<FaultUpstream> {
  const played: string[] = [];
  const heads: string[] = [];
  let latest: Socket | undefined;
  const upstream = await startTcpUpstream(({ socket, head, body }) => {
    if (head.startsWith('GET ')) return void socket.write(replyOf(modelsText));
    heads.push(head);
    const { format, model, stream } = readCall(head, body);
    const [name = '', ...rest] = model.split('.');
    latest = socket;
    played.push(name);
    const play = plays[name] ?? (name === 'normal' ? normal : undefined);
    if (!play)
      return void socket.end(replyOf('{"error":{"message":"no such scenario"}}', { status: '400 Bad' }));
    socket.setNoDelay(true);
    const say = async (text: string | Uint8Array) => {
      if (!socket.writable) return;
      socket.write(text);
      await Bun.sleep(apartMs);
    };
    void play({ socket, format, stream, argument: rest.join('.'), head, body, say });
  });
  return { ...upstream, played, heads, latest: () => latest };
}
