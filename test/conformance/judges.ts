/** What is wrong, by each API's published schema, with what was written in its dialect. */
import type { ConversationDialect } from '../../src/core/dialect-name.ts';
import { type JsonObject, parseObject } from '../../src/core/json.ts';
import type { WireEvent } from '../../src/dialects/dialect.ts';
import { anthropicFaults } from '../support/anthropic-types.ts';
import { AwsModel, awsModelIsPresent } from '../support/aws-model.ts';
import { googleFaults, googleIsPresent } from '../support/google-messages.ts';
import { openaiErrors, openaiSpecIsPresent } from '../support/openai-schema.ts';

export const judgesArePresent = openaiSpecIsPresent && googleIsPresent && awsModelIsPresent;

export interface Judge {
  /** For each value what is wrong with it; empty texts where nothing is. */
  requests(values: readonly JsonObject[]): string[];
  replies(values: readonly JsonObject[]): string[];
  events(values: readonly WireEvent[]): string[];
}

const aws = awsModelIsPresent ? new AwsModel() : undefined;

type Fault = (value: JsonObject) => readonly string[];

function each(fault: Fault): (values: readonly JsonObject[]) => string[] {
  return (values) => values.map((value) => fault(value).slice(0, 3).join('; '));
}

function jsonOf({ data }: WireEvent): JsonObject {
  return parseObject(data) ?? { 'no JSON': data };
}

function openai(request: string, reply: string, event: string): Judge {
  const by = (schema: string) => each((value) => openaiErrors(schema, value));
  return {
    requests: by(request),
    replies: by(reply),
    events: (events) => by(event)(events.filter(({ data }) => data !== '[DONE]').map(jsonOf)),
  };
}

function google(name: string): (values: readonly JsonObject[]) => string[] {
  return each((value) => googleFaults(name, value));
}

function amazon(shape: string): (values: readonly JsonObject[]) => string[] {
  // The model stands in the path.
  return each((value) => aws?.problems(shape, value) ?? []);
}

/** The padding of a frame against guessing is no member of the model. */
function unpadded(json: JsonObject): JsonObject {
  const { p: _, ...rest } = json;
  return rest;
}

export const judges: Readonly<Record<ConversationDialect, Judge>> = {
  'openai-chat': openai(
    'CreateChatCompletionRequest',
    'CreateChatCompletionResponse',
    'CreateChatCompletionStreamResponse',
  ),
  'openai-responses': openai('CreateResponse', 'Response', 'ResponseStreamEvent'),
  'anthropic-messages': {
    requests: (values) => anthropicFaults(values),
    replies: (values) => anthropicFaults(values, 'Reply'),
    events: (events) =>
      anthropicFaults(
        events.map(jsonOf).filter(({ type }) => type !== 'ping'),
        'Event',
      ),
  },
  gemini: {
    requests: google('GenerateContentRequest'),
    replies: google('GenerateContentResponse'),
    events: (events) => google('GenerateContentResponse')(events.map(jsonOf)),
  },
  'bedrock-converse': {
    requests: amazon('ConverseRequest'),
    replies: amazon('ConverseResponse'),
    events: (events) =>
      amazon('ConverseStreamOutput')(
        events.map((event) => ({ [event.name ?? 'unnamed']: unpadded(jsonOf(event)) })),
      ),
  },
};
