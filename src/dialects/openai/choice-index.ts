/** Which choice each item of a `choices` list is, the same for reader and writer. */
import { isObject, type JsonValue } from '../../core/json.ts';

/** OpenAI makes at most 128 choices; an index beyond any reason is none. */
const maxIndex = 1023;

function saidIndex(choice: JsonValue): number | undefined {
  const index = isObject(choice) ? choice.index : undefined;
  const isIndex = typeof index === 'number' && Number.isInteger(index) && index >= 0 && index <= maxIndex;
  return isIndex ? index : undefined;
}

/** An item that names no index, or one that is taken, is the next free one from its place in the list. */
export function choiceIndexes(choices: readonly JsonValue[]): number[] {
  const taken = new Set<number>();
  return choices.map((choice, position) => {
    let index = saidIndex(choice) ?? position;
    while (taken.has(index)) index++;
    taken.add(index);
    return index;
  });
}
