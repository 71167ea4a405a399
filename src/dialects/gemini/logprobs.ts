/** `logprobsResult`: the tokens chosen, and beside each the likelier ones. */
import { countOf, isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { TokenLogprob } from '../../core/reply.ts';
import { fieldOf } from './fields.ts';

function readToken(raw: JsonValue): TokenLogprob | undefined {
  if (!isObject(raw) || typeof raw.token !== 'string') return undefined;
  // proto3 leaves a zero out: the token was certain.
  return { token: raw.token, logprob: countOf(fieldOf(raw, 'logProbability')) ?? 0 };
}

function readTop(raw: JsonValue | undefined): readonly TokenLogprob[] | undefined {
  const list = isObject(raw) ? raw.candidates : undefined;
  return Array.isArray(list)
    ? list.map(readToken).filter((token): token is TokenLogprob => token !== undefined)
    : undefined;
}

export function readLogprobs(value: JsonValue | undefined): readonly TokenLogprob[] {
  if (!isObject(value)) return [];
  const chosen = fieldOf(value, 'chosenCandidates');
  const tops = fieldOf(value, 'topCandidates');
  return (Array.isArray(chosen) ? chosen : []).flatMap((raw, at) => {
    const token = readToken(raw);
    const top = readTop(Array.isArray(tops) ? tops[at] : undefined);
    return token === undefined ? [] : [{ ...token, ...(top !== undefined && { top }) }];
  });
}

function writeToken({ token, logprob }: TokenLogprob): JsonObject {
  return { token, logProbability: logprob };
}

export function writeLogprobs(tokens: readonly TokenLogprob[]): JsonObject {
  const hasTop = tokens.some(({ top }) => top !== undefined);
  return {
    chosenCandidates: tokens.map(writeToken),
    ...(hasTop && {
      topCandidates: tokens.map(({ top }) => ({ candidates: (top ?? []).map(writeToken) })),
    }),
  };
}
