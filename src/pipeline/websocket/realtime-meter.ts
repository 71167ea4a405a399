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

  /** Nearly all events are audio: only one that holds the words is parsed. */
  observe(text: string): void {
    if (!text.includes('"response.done"')) return;
    const event = parseObject(text);
    if (event?.type !== 'response.done' || !isObject(event.response)) return;
    const { usage } = this.#family.observe(event.response);
    if (usage !== undefined) this.usage = addUsage(this.usage, usage);
  }
}
