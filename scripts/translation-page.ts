/** Writes docs/translation.md: what becomes of each feature on its way between two APIs, found by sending it there. */
import { type ConversationDialect, conversationDialects } from '../src/core/dialect-name.ts';
import { replyFeatures, requestFeatures } from '../test/conformance/features/feature.ts';
import { models, type Passage, replyPassage, requestPassage } from '../test/conformance/loss-table.ts';
import { code, generated, table } from './markdown.ts';

const titles: Readonly<Record<ConversationDialect, string>> = {
  'openai-chat': 'OpenAI Chat',
  'openai-responses': 'OpenAI Responses',
  'anthropic-messages': 'Anthropic Messages',
  gemini: 'Gemini',
  'bedrock-converse': 'Bedrock Converse',
};

/** Numbered in the order the page first refers to them. */
class Notes {
  readonly #numbers = new Map<string, number>();

  /** Of a passage that says more than its one word. */
  mark({ fate, detail }: Passage): string {
    if (fate !== 'warned' && fate !== 'refused') return fate;
    const text = fate === 'warned' ? detail.split(', ').map(code).join(', ') : detail;
    const number = this.#numbers.get(text) ?? this.#numbers.size + 1;
    this.#numbers.set(text, number);
    return `${fate} [^${number}]`;
  }

  list(): string {
    return [...this.#numbers].map(([text, number]) => `[^${number}]: ${text}`).join('\n');
  }
}

type Find<Feature> = (
  client: ConversationDialect,
  upstream: ConversationDialect,
  feature: Feature,
) => Passage | undefined;

/** A row for each feature at least one of the pairs can say. */
function passages<Feature extends string>(
  client: ConversationDialect,
  features: readonly Feature[],
  find: Find<Feature>,
  notes: Notes,
): string {
  const upstreams = conversationDialects.filter((name) => name !== client);
  const rows = features.flatMap((feature) => {
    const found = upstreams.map((upstream) => find(client, upstream, feature));
    if (found.every((passage) => passage === undefined)) return [];
    return [[feature, ...found.map((passage) => (passage === undefined ? '' : notes.mark(passage)))]];
  });
  return table(['', ...upstreams.map((name) => titles[name])], rows);
}

function section(client: ConversationDialect, notes: Notes): string {
  return `## ${titles[client]} clients

What they ask, by the API of the provider:

${passages(client, requestFeatures, requestPassage, notes)}

What they are answered:

${passages(client, replyFeatures, (to, from, feature) => replyPassage(from, to, feature), notes)}
`;
}

export function translation(): string {
  const notes = new Notes();
  const sections = conversationDialects.map((client) => section(client, notes)).join('\n');
  const tried = conversationDialects.map((name) => `${titles[name]} with ${code(models[name])}`);
  return `${generated}

# Translation

A client speaks its own API, whatever API the provider of the model speaks. Where both are the same, nothing is translated.
Where they differ, every feature has one of these fates, and none is lost in silence:

| word | meaning |
|---|---|
| kept | the other side gets it, and translated back it would say the same |
| said | the other side gets it in the best words it has, which would be read back as other words |
| warned | it is left out, or can only be said in part: the reply header \`x-opengateway-warnings\` names it |
| refused | without it the answer would be to another question: the client gets status 400, which says why |
| (blank) | the API it would come from has no words for it |

The tables are the outcome of translating a small request and a small reply of each kind, with models that can do the most:
${tried.join(', ')}. A feature a client's API has no words for has no row.

${sections}
${notes.list()}
`;
}
