/** What a client asks for, free of any dialect's spelling. Typed are the fields something here acts on. */
import type { Carry } from './carry.ts';
import type { EmbeddingCall } from './embedding.ts';
import type { JsonObject, JsonValue } from './json.ts';
import type { CacheMark, Part } from './part.ts';

export interface Call {
  /** As the client wrote it; a target's own name replaces it on the way out. */
  readonly model: string;
  readonly stream: boolean;
  /** In order, system prompts included. Empty for dialects that are not conversations. */
  readonly messages: readonly Message[];
  readonly tools?: readonly Tool[];
  readonly toolChoice?: ToolChoice;
  readonly parallelToolCalls?: boolean;
  readonly sampling: Sampling;
  /** Includes reasoning, as every provider counts. */
  readonly maxOutputTokens?: number;
  readonly stop?: string | readonly string[];
  readonly responseFormat?: ResponseFormat;
  readonly reasoning?: ReasoningRequest;
  /** What is to be embedded; absent in calls for anything but embeddings. */
  readonly embedding?: EmbeddingCall;
  /** The client's own name for its end user. */
  readonly endUser?: string;
  /** The client's own labels for the call. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly serviceTier?: ServiceTier;
  /** How much the model shall write: `low`, `medium` or `high`. */
  readonly verbosity?: string;
  readonly promptCache?: PromptCache;
  /** Whether the provider shall keep the reply; absent means its own default. */
  readonly store?: boolean;
  /** Its dialect is the one the call was read from. */
  readonly carry: Carry;
}

/** How soon, and at what price, a call is served; `auto` leaves it to the account's settings. `serving.ts` has the words. */
export type ServiceTier = 'auto' | 'default' | 'flex' | 'priority';

/** Which calls share a cache of their prompts, and how long it is kept, in the words of OpenAI's APIs. */
export interface PromptCache {
  readonly key?: string;
  readonly retention?: string;
}

export interface Sampling {
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly frequencyPenalty?: number;
  readonly presencePenalty?: number;
  readonly seed?: number;
  /** How many replies are wanted; absent means one. */
  readonly choices?: number;
  /** Whether the log probability of each token is wanted. */
  readonly logprobs?: boolean;
  /** How many likelier tokens are listed beside each. */
  readonly topLogprobs?: number;
}

export interface ReasoningRequest {
  /** `adaptive`: the model decides how much, under `effort`. */
  readonly mode?: 'enabled' | 'disabled' | 'adaptive';
  /** `none`, `minimal`, `low`, `medium`, `high`, `xhigh`, `max`; a provider may know further words. */
  readonly effort?: string;
  readonly budgetTokens?: number;
  /** Whether the reply shall show its reasoning, whole or summed up. */
  readonly show?: boolean;
}

/** `other`: a role this gateway has no name for; the message travels in its carry. */
export type Role = 'system' | 'developer' | 'user' | 'assistant' | 'tool' | 'other';

export interface Message {
  readonly role: Role;
  readonly name?: string;
  /** A `tool` message holds tool results alone; a `user` message may hold them among other parts. */
  readonly parts: readonly Part[];
  /** The content was, or may be, one plain string instead of a list of parts. */
  readonly plainText: boolean;
  /** A system prompt that its dialect keeps apart from the conversation: `system`, `instructions`, `systemInstruction`. */
  readonly apart?: boolean;
  readonly carry: Carry;
}

/** `other`: a tool only the reading dialect has, such as one its provider runs itself. */
export type Tool = FunctionTool | CustomTool | { readonly type: 'other'; readonly carry: Carry };

export interface FunctionTool {
  readonly type: 'function';
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of the arguments. */
  readonly parameters?: JsonObject;
  /** Whether arguments must follow the schema to the letter. */
  readonly strict?: boolean;
  readonly cache?: CacheMark;
  readonly carry?: Carry;
}

/** A tool that takes plain text instead of JSON arguments. */
export interface CustomTool {
  readonly type: 'custom';
  readonly name: string;
  readonly description?: string;
  /** As OpenAI Chat nests it: absent, `{"type":"text"}`, or `{"type":"grammar","grammar":{"syntax":…,"definition":…}}`. */
  readonly format?: JsonObject;
  readonly carry?: Carry;
}

export type ToolChoice =
  | { readonly type: 'auto' | 'required' | 'none' }
  | { readonly type: 'named'; readonly name: string }
  | { readonly type: 'other'; readonly carry: Carry };

export type ResponseFormat =
  | { readonly type: 'text' | 'json' }
  | {
      readonly type: 'json-schema';
      readonly schema: JsonValue;
      readonly name?: string;
      readonly description?: string;
      readonly strict?: boolean;
      readonly carry?: Carry;
    }
  | { readonly type: 'other'; readonly carry: Carry };
