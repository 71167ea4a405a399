/** The beginning of a good stream, which the client has before what follows is sent. */
import type { FaultCall } from '../fault-upstream.ts';
import { clientHeard } from './rendezvous.ts';
import { chunked, chunkOf, headOf, openingOf, scripts } from './wire-script.ts';

/** The head and as much of the body as a client can already use. */
export async function beginStream({ format, argument, say }: FaultCall): Promise<void> {
  await say(
    Buffer.concat([Buffer.from(headOf(format, true, [chunked])), chunkOf(openingOf(scripts[format]))]),
  );
  await clientHeard(argument);
}
