/** What recorded calls cost, by us and by another calculator that reads the same replies with rules of its own. */
import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { isObject, type JsonObject } from '../../src/core/json.ts';
import { readBuiltInCatalogue } from '../../src/ledger/built-in-catalogue.ts';
import { costOf } from '../../src/ledger/cost.ts';
import { priceAt } from '../../src/ledger/price.ts';
import { calculator, missingCalculator } from '../support/calculator.ts';
import { Tally } from '../support/traffic.ts';
import { type PricedReply, pricedTraffic, trafficIsHere } from './priced-traffic.ts';

interface Answer {
  readonly id: string;
  readonly nanoUsd?: number;
  readonly reason?: string;
}

const skipped = trafficIsHere ? missingCalculator() : 'the recordings are not here';

async function calculated(replies: readonly PricedReply[], atMs: number): Promise<Answer[]> {
  const lines = replies.map(({ usage: _, ...reply }) => `${JSON.stringify({ ...reply, atMs })}\n`).join('');
  const child = Bun.spawn([calculator, '-W', 'ignore', join(import.meta.dir, 'calculator.py')], {
    stdin: new Blob([lines]),
    stdout: 'pipe',
    stderr: 'inherit',
  });
  const out = await child.stdout.text();
  return out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer);
}

/** A difference that is known, why it is there, and the only replies it explains. */
interface Exception {
  readonly reason: string;
  readonly explains: (reply: PricedReply, ours: number | undefined, theirs: Answer) => boolean;
}

function rawOf({ reply }: PricedReply): JsonObject {
  return isObject(reply.usage) ? reply.usage : {};
}

const exceptions: readonly Exception[] = [
  {
    reason: 'a model whose price the catalogue corrects (scripts/prices/corrections.json)',
    explains: ({ list, model }) => list === 'mistral' && model === 'mistral-large-latest',
  },
  {
    reason:
      'reasoning that Google’s endpoint for OpenAI’s API counts in the total alone: charged here, left out there',
    explains: (reply, ours, { nanoUsd }) => {
      const { prompt_tokens: input, completion_tokens: output, total_tokens: total } = rawOf(reply);
      return (
        reply.list === 'google' &&
        Number(total) > Number(input) + Number(output) &&
        (ours ?? 0) > (nanoUsd ?? 0)
      );
    },
  },
  {
    reason: 'a model listed without any price: unknown here, free there',
    explains: (_, ours, { nanoUsd }) => ours === undefined && nanoUsd === 0,
  },
  {
    reason:
      'tokens that were read from the cache and are told as written to it too: counted once here, refused there',
    explains: (_, ours, { reason }) => ours !== undefined && reason?.includes('more-specific usage') === true,
  },
  {
    reason: 'an embedding’s usage with nothing but a total, which the other’s rules for the API do not read',
    explains: (reply, ours, { reason }) =>
      ours !== undefined &&
      Object.keys(rawOf(reply)).join() === 'total_tokens' &&
      reason?.includes('Missing value') === true,
  },
  {
    reason:
      'the advice of a second model, which is in the iterations alone: counted here, at the first model’s price',
    explains: (reply, ours, { nanoUsd }) =>
      JSON.stringify(rawOf(reply).iterations ?? null).includes('"advisor_message"') &&
      (ours ?? 0) > (nanoUsd ?? 0),
  },
  {
    reason: 'Google’s kinds of tokens as numbers, which the other cannot read',
    explains: (reply, ours, { reason }) =>
      ours !== undefined &&
      /"modality":\d/.test(JSON.stringify(reply.reply)) &&
      reason?.includes('AttributeError') === true,
  },
];

describe.skipIf(skipped !== undefined)(
  `what recorded calls cost${skipped === undefined ? '' : ` (skipped: ${skipped})`}`,
  () => {
    test('is what another calculator says, to the nano-dollar', async () => {
      const catalogue = readBuiltInCatalogue();
      const atMs = Date.parse(`${catalogue.head.asOf}T12:00:00Z`);
      const unread: string[] = [];
      const replies = pricedTraffic((id) => unread.push(id));
      const answers = await calculated(replies, atMs);
      const tally = new Tally();
      let [unpriced, spentNanoUsd] = [0, 0];
      const unexplained: unknown[] = [];
      for (const [at, reply] of replies.entries()) {
        const { id, list, model, usage } = reply;
        const found = catalogue.find(list, model);
        const price = found && priceAt(found.eras, atMs)?.price;
        const ours = price && costOf(usage, price);
        const theirs = answers[at];
        if (theirs === undefined || theirs.id !== id) throw new Error(`no answer for ${id}`);
        // Where neither has a price, the other must have looked for one in vain, not failed to read.
        if (
          ours === theirs.nanoUsd &&
          (ours !== undefined || theirs.reason?.startsWith('LookupError') === true)
        ) {
          tally.keep();
          spentNanoUsd += ours ?? 0;
          if (ours === undefined) unpriced++;
          continue;
        }
        const known = exceptions.find(({ explains }) => explains(reply, ours, theirs));
        if (known !== undefined) tally.except(known.reason, id);
        else unexplained.push({ id, list, model, usage, ours, theirs, reply: reply.reply });
      }
      tally.print(
        `costs of recorded calls (${spentNanoUsd / 1e9} USD in all; ${unpriced} that neither has a price for; ${unread.length} whose API is not spoken)`,
      );
      expect(unexplained).toEqual([]);
      expect(replies.length).toBeGreaterThan(2300);
      // Amazon's own models by `invoke`, whose body is in a language nobody here speaks.
      expect(unread.filter((id) => !/nova|imported_model/.test(id))).toEqual([]);
      expect(tally.exceptions).toBeLessThan(60);
      expect(unpriced).toBeLessThan(200);
    }, 60_000);
  },
);
