/** What a realtime session has consumed: the usage of each response it finished, added up. */
import { isObject, parseObject } from '../../core/json.ts';
import { addUsage, type Usage } from '../../core/usage.ts';
import type { Dialect } from '../../dialects/dialect.ts';

export class RealtimeMeter {
  readonly #family: Dialect;
  usage: Usage | undefined;

  constructor(family: Dialect) {
    this.#family = family;
  }

  /** What a response that is finished has used. Nearly all events are audio: only one that holds the words is parsed. */
  observe(text: string): Usage | undefined {
    if (!text.includes('"response.done"')) return undefined;
    const event = parseObject(text);
    if (event?.type !== 'response.done' || !isObject(event.response)) return undefined;
    const { usage } = this.#family.observe(event.response);
    if (usage !== undefined) this.usage = addUsage(this.usage, usage);
    return usage;
  }
}
