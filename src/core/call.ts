/** What a client asks for, free of any dialect's spelling. Typed are the fields something here acts on. */
import type { Carry } from './carry.ts';
import type { JsonObject, JsonValue } from './json.ts';

export interface Call {
  /** As the client wrote it; a target's own name replaces it on the way out. */
  readonly model: string;
  readonly stream: boolean;
  /** Empty for dialects that are not conversations. */
  readonly messages: readonly Message[];
  readonly tools?: readonly Tool[];
  readonly toolChoice?: ToolChoice;
  readonly parallelToolCalls?: boolean;
  readonly sampling: Sampling;
  readonly maxOutputTokens?: number;
  readonly stop?: string | readonly string[];
  readonly responseFormat?: ResponseFormat;
  readonly reasoningEffort?: string;
  /** The client's own name for its end user. */
  readonly endUser?: string;
  readonly carry: Carry;
}

export interface Sampling {
  readonly temperature?: number;
  readonly topP?: number;
  readonly frequencyPenalty?: number;
  readonly presencePenalty?: number;
  readonly seed?: number;
  /** How many replies are wanted; absent means one. */
  readonly choices?: number;
}

/** `other`: a role this gateway has no name for; the message travels in its carry. */
export type Role = 'system' | 'developer' | 'user' | 'assistant' | 'tool' | 'other';

export interface Message {
  readonly role: Role;
  readonly name?: string;
  /** Which tool call a message of role `tool` answers. */
  readonly toolCallId?: string;
  readonly parts: readonly Part[];
  /** The content was, or may be, one plain string instead of a list of parts. */
  readonly plainText: boolean;
  readonly carry: Carry;
}

export type Part =
  | { readonly type: 'text'; readonly text: string; readonly carry?: Carry }
  | { readonly type: 'image'; readonly url: string; readonly carry?: Carry }
  | { readonly type: 'refusal'; readonly text: string; readonly carry?: Carry }
  | { readonly type: 'reasoning'; readonly text: string; readonly carry?: Carry }
  | ToolCallPart
  /** Content of a kind the reading dialect passes on without a type of its own here. */
  | { readonly type: 'other'; readonly carry: Carry };

export interface ToolCallPart {
  readonly type: 'tool-call';
  readonly id: string;
  readonly name: string;
  /** JSON text as the model wrote it: it may be empty or cut short. */
  readonly arguments: string;
  readonly carry?: Carry;
}

export type Tool = FunctionTool | { readonly type: 'other'; readonly carry: Carry };

export interface FunctionTool {
  readonly type: 'function';
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of the arguments. */
  readonly parameters?: JsonObject;
  readonly carry?: Carry;
}

export type ToolChoice =
  | { readonly type: 'auto' | 'required' | 'none' }
  | { readonly type: 'named'; readonly name: string }
  | { readonly type: 'other'; readonly carry: Carry };

export type ResponseFormat =
  | { readonly type: 'text' | 'json' }
  | { readonly type: 'json-schema'; readonly schema: JsonValue; readonly carry?: Carry }
  | { readonly type: 'other'; readonly carry: Carry };
