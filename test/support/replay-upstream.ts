/**
 * An upstream on loopback that answers from recordings, cut at odd places, and keeps what it was asked. Which recording is
 * meant is said by the model's name, wherever the wire format has it: `replay-17`.
 */
import { isObject, type JsonObject } from '../../src/core/json.ts';
import { pieces, seeded } from './event-frames.ts';

export interface Recording {
  readonly status: number;
  readonly type: string;
  readonly bytes: Uint8Array;
}

export interface ReplayUpstream {
  /** Without a path: http://127.0.0.1:PORT */
  readonly url: string;
  /** The name to ask for it by. */
  add(recording: Recording): string;
  /** What was sent to it under this name. */
  received(name: string): readonly JsonObject[];
  stop(): Promise<void>;
}

/** Cutting longer ones small would take a test's time and show nothing more. */
const cutBytes = 20_000;

function oddly(bytes: Uint8Array, random: () => number): ReadableStream<Uint8Array> {
  const longest = Math.max(40, Math.ceil(bytes.length / cutBytes) * 40);
  const cuts = pieces(bytes, random, longest);
  return new ReadableStream({
    async pull(controller) {
      for (const cut of cuts.splice(0, 16)) controller.enqueue(cut);
      if (cuts.length === 0) controller.close();
      else await Bun.sleep(0);
    },
  });
}

function nameIn(url: string, body: JsonObject): string {
  return (
    /replay-\d+/.exec(decodeURIComponent(new URL(url).pathname))?.[0] ??
    (typeof body.model === 'string' ? body.model : '')
  );
}

export function startReplayUpstream(seed: number): ReplayUpstream {
  const random = seeded(seed);
  const recordings = new Map<string, Recording>();
  const heard = new Map<string, JsonObject[]>();
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    development: false,
    async fetch(request) {
      const body: unknown = await request.json();
      if (!isObject(body)) return new Response('no object', { status: 418 });
      const name = nameIn(request.url, body);
      const recording = recordings.get(name);
      if (recording === undefined) return new Response(`no recording '${name}'`, { status: 418 });
      heard.set(name, [...(heard.get(name) ?? []), body]);
      return new Response(oddly(recording.bytes, random), {
        status: recording.status,
        headers: { 'content-type': recording.type },
      });
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    add(recording) {
      const name = `replay-${recordings.size}`;
      recordings.set(name, recording);
      return name;
    },
    received: (name) => heard.get(name) ?? [],
    stop: () => server.stop(true),
  };
}
