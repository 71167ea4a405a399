/** What every client is asked to do, in its own way of doing it. */
export interface Answer {
  readonly text: string;
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
}

export interface Failure {
  /** The class of what was thrown. */
  readonly name: string;
  readonly status: number | undefined;
}

export interface Client {
  /** Package and way of use: `openai (responses)`. */
  readonly name: string;
  readonly plain: (model: string) => Promise<Answer>;
  readonly streamed: (model: string) => Promise<Answer>;
  /** Offers one tool, answers its calls with `weather`, and returns the text that follows. */
  readonly tools: (model: string) => Promise<string>;
  /** What the model says of a picture in base64. */
  readonly picture?: (model: string, png: string) => Promise<string>;
  /** The parsed answer to a question with a schema. */
  readonly structured?: (model: string) => Promise<unknown>;
  /** The classes thrown for 429 and 404. */
  readonly errors: { readonly limited: string; readonly missing: string };
  /** What this client cannot do by itself, with the reason. */
  readonly cannot?: Readonly<Record<string, string>>;
}

export const prompt = 'What colour is the sky?';
export const tool = {
  name: 'get_weather',
  description: 'The weather in a city',
  schema: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
} as const;
export const answerSchema = {
  type: 'object',
  properties: { answer: { type: 'number' } },
  required: ['answer'],
  additionalProperties: false,
} as const;

export function weather(city: unknown): string {
  return city === 'Paris' ? 'sunny' : city === 'Rome' ? 'rainy' : `no such city: ${String(city)}`;
}

export interface Gateway {
  /** Without a path. */
  readonly url: string;
  readonly key: string;
}
