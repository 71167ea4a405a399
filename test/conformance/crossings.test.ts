/** Every feature between every pair of dialects: kept, said another way, warned of or refused, and never lost in silence. */
import { describe, expect, test } from 'bun:test';
import { conversationDialects } from '../../src/core/dialect-name.ts';
import { dialects } from '../../src/dialects/registry.ts';
import { asJson, crossReply, crossRequest } from '../support/trips.ts';
import { replyFeatures, requestFeatures } from './features/feature.ts';
import { dialectNamed, phrasebooks, replyPassage, requestPassage } from './loss-table.ts';

const present = conversationDialects.filter((name) => dialects.has(name));
const pairs = present.flatMap((from) => present.filter((to) => to !== from).map((to) => [from, to] as const));

describe.each(present)('%s says its own features', (name) => {
  const { requests, replies, line } = phrasebooks[name];
  const dialect = dialectNamed(name);

  test.each(Object.entries(requests))('asking: %s', (_feature, json) => {
    expect(crossRequest(dialect, dialect, json, line)).toEqual({ written: asJson(json), losses: [] });
  });

  test.each(Object.entries(replies))('answering: %s', (_feature, json) => {
    expect(crossReply(dialect, dialect, json)).toEqual({ written: asJson(json), losses: [] });
  });
});

describe.each(pairs)('from %s to %s', (from, to) => {
  test.each(requestFeatures.filter((feature) => phrasebooks[from].requests[feature] !== undefined))(
    'asking: %s',
    (feature) => {
      const passage = requestPassage(from, to, feature);
      expect({ feature, ...passage }).not.toMatchObject({ fate: 'lost' });
    },
  );

  test.each(replyFeatures.filter((feature) => phrasebooks[from].replies[feature] !== undefined))(
    'answering: %s',
    (feature) => {
      const passage = replyPassage(from, to, feature);
      expect({ feature, ...passage }).not.toMatchObject({ fate: 'lost' });
    },
  );
});
