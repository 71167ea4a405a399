/** What a reply says to whoever reads it, whatever its dialect and form. */
import { foldReply, toolCallsIn } from '../../src/core/fold.ts';
import type { JsonValue } from '../../src/core/json.ts';
import type { FinishReason, ReplyFrame } from '../../src/core/reply.ts';

export interface Told {
  /** Refusals included: some APIs say them as text. */
  readonly text: string;
  readonly calls: readonly { readonly name: string; readonly arguments: JsonValue }[];
  readonly finish: FinishReason | 'none';
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens: number;
}

function parsed(text: string): JsonValue {
  try {
    return JSON.parse(text === '' ? '{}' : text) as JsonValue;
  } catch {
    return text;
  }
}

/** Of the first choice, which is all that some APIs have. */
export function told(frames: readonly ReplyFrame[]): Told {
  const { choices, usage } = foldReply(frames);
  const [choice] = choices;
  return {
    text: (choice?.blocks ?? [])
      .map((block) => (block.type === 'text' || block.type === 'refusal' ? block.text : ''))
      .join(''),
    calls: toolCallsIn(choice).map((call) => ({ name: call.name, arguments: parsed(call.arguments) })),
    finish: choice?.finish?.reason ?? 'none',
    inputTokens: usage?.inputTokens ?? 0,
    outputTokens: usage?.outputTokens ?? 0,
    cachedInputTokens: usage?.cachedInputTokens ?? 0,
  };
}

/** Why a reply ended as another API can say it. */
function endsAlike(found: Told, wanted: Told, losses: readonly string[]): boolean {
  if (found.finish === wanted.finish) return true;
  // A word nobody else has, or no word at all, is read as the end it most likely was.
  if (wanted.finish === 'other' || wanted.finish === 'none') return true;
  const isRefusal = losses.some((loss) => loss.startsWith('refusal'));
  return isRefusal && found.finish === 'content-filter';
}

/** Which of the wanted things the found reply does not say. */
export function unlike(found: Told, wanted: Told, losses: readonly string[]): string[] {
  const kinds = Object.keys(wanted) as (keyof Told)[];
  return kinds.filter((kind) =>
    kind === 'finish' ? !endsAlike(found, wanted, losses) : !Bun.deepEquals(found[kind], wanted[kind]),
  );
}
