/** What an inference call leaves at its provider: a stored response and its items, a container, files a tool has made. */
import { isObject, type JsonObject, parseObject } from '../../core/json.ts';
import type { StreamStep } from '../../dialects/dialect.ts';
import { eventsOf } from '../../dialects/sse-decoder.ts';
import type { Caller } from '../../identity/caller.ts';
import { ownerOf } from '../../identity/object-store.ts';
import type { Provider } from '../../providers/provider.ts';
import type { Asked } from '../attempt.ts';
import { KeepingStep } from './keeping-step.ts';
import { madeIn, namedIn, type ObjectGuard, seesAll } from './object-guard.ts';
import { mayRefer, referencesIn } from './references.ts';
import { checkSaidOnce } from './said-once.ts';

/** Where it is asked for again what was kept, whoever asks. */
const platform = 'openai-platform';
/** Requests with a tool that leaves something behind. */
const leaving = /container|code_|"audio"/;

/** Throws `object_not_found` or `duplicate_key`. A promise only where the body could name an object. */
export function checkNamed(
  guard: ObjectGuard,
  caller: Caller | undefined,
  provider: Provider,
  { body }: Asked,
): undefined | Promise<void> {
  if (caller === undefined || seesAll(caller) || !mayRefer(body.text)) return undefined;
  checkSaidOnce(body);
  return guard.check(caller, provider, referencesIn(body.json));
}

/** What the provider keeps of the reply, in words; undefined where it is nothing, or nothing that anyone is kept from. */
function keptKind(caller: Caller, provider: Provider, { dialect, body }: Asked): string | undefined {
  if (seesAll(caller) && !provider.dialects.has(platform)) return undefined;
  return dialect.keeps?.(body.json);
}

function leavesSomething(caller: Caller, { body }: Asked): boolean {
  return !seesAll(caller) && leaving.test(body.text);
}

/** Before a whole reply is released; undefined where nothing is to be remembered. */
export function keepReply(
  guard: ObjectGuard,
  caller: Caller,
  provider: Provider,
  asked: Asked,
  reply: JsonObject,
): undefined | Promise<void> {
  const kind = keptKind(caller, provider, asked);
  if (kind !== undefined) return guard.remember(ownerOf(caller), provider, madeIn(reply, kind));
  if (!leavesSomething(caller, asked)) return undefined;
  return guard.remember(ownerOf(caller), provider, namedIn(reply));
}

/** Before a stream's first event is released, which names what is kept. */
export function keepFirst(
  guard: ObjectGuard,
  caller: Caller,
  provider: Provider,
  asked: Asked,
  first: readonly Uint8Array[],
): undefined | Promise<void> {
  const kind = keptKind(caller, provider, asked);
  if (kind === undefined) return undefined;
  const [event] = eventsOf(`${Buffer.concat(first).toString('utf8')}\n\n`);
  const json = event && parseObject(event.data);
  const told = isObject(json?.response) ? json.response : json;
  return told && guard.remember(ownerOf(caller), provider, madeIn(told, kind));
}

/** The step with one beside it that remembers what later events name, as they pass. */
export function keepingStep(
  guard: ObjectGuard,
  caller: Caller,
  provider: Provider,
  asked: Asked,
  step: StreamStep,
): StreamStep {
  const kind = keptKind(caller, provider, asked);
  if (kind === undefined && !leavesSomething(caller, asked)) return step;
  return new KeepingStep(step, { guard, owner: ownerOf(caller), provider, kind });
}
