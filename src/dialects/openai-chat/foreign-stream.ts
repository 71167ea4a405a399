/** A stream of another dialect as the chunks of a chat completion. */
import type { JsonObject } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import { byChoice, type ReplyFrame, usageOf } from '../../core/reply.ts';
import type { Usage } from '../../core/usage.ts';
import type { CallHead } from '../dialect.ts';
import { dataEvent, doneEvent } from '../openai/stream-writer.ts';
import { writeUsage } from '../openai/usage.ts';
import { ForeignChoice } from './foreign-choice.ts';
import { newReplyId, nowS } from './foreign-content.ts';

export class ForeignStream {
  readonly #head: CallHead;
  readonly #losses: Losses;
  readonly #choices = new Map<number, ForeignChoice>();
  #id: string | undefined;
  #model: string | undefined;
  #createdAtS: number | undefined;
  /** The last said: where a dialect repeats it, each is the sum so far. */
  #usage: Usage | undefined;

  constructor(head: CallHead, losses: Losses) {
    this.#head = head;
    this.#losses = losses;
  }

  write(frame: ReplyFrame): string {
    const { id, model, createdAtS } = frame;
    this.#id ??= id;
    this.#model ??= model;
    this.#createdAtS ??= createdAtS;
    this.#usage = usageOf(frame) ?? this.#usage;
    let text = '';
    for (const [index, said] of byChoice(frame)) {
      const choice = this.#choice(index).write(said);
      if (choice !== undefined) text += this.#chunk([choice]);
    }
    return text;
  }

  /** One finish for each choice, after everything else it says, then usage where it is wanted. */
  end(): string {
    // A client waits for the first choice: it ends even when nothing was said.
    this.#choice(0);
    const inOrder = [...this.#choices].sort(([a], [b]) => a - b);
    const ends = inOrder.flatMap(([, choice]) => choice.end()).map((choice) => this.#chunk([choice]));
    const usage =
      this.#head.wantsUsage && this.#usage !== undefined
        ? this.#chunk([], writeUsage(this.#usage, this.#losses))
        : '';
    return ends.join('') + usage + doneEvent;
  }

  #choice(index: number): ForeignChoice {
    const known = this.#choices.get(index);
    if (known !== undefined) return known;
    const choice = new ForeignChoice(index, this.#losses);
    this.#choices.set(index, choice);
    return choice;
  }

  #chunk(choices: JsonObject[], usage: JsonObject | null = null): string {
    this.#id ??= newReplyId();
    this.#createdAtS ??= nowS();
    return dataEvent({
      id: this.#id,
      object: 'chat.completion.chunk',
      created: this.#createdAtS,
      model: this.#model ?? this.#head.model,
      choices,
      // OpenAI says null in each chunk of a stream that will tell its usage.
      ...(this.#head.wantsUsage && { usage }),
    });
  }
}
