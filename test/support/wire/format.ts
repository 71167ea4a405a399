/** What a wire format gives the scripted upstream. */
import type { Failed, Said, Seen } from './scenario.ts';

export interface Format {
  /** The part of a call's path that this format answers, and what it says there; undefined when the path is another's. */
  readonly match: (path: string) => { readonly model?: string; readonly stream?: boolean } | undefined;
  readonly idPrefix: string;
  readonly look: (
    body: Record<string, unknown>,
  ) => Omit<Seen, 'model' | 'stream'> & { model?: string; stream?: boolean };
  readonly whole: (said: Said, model: string) => unknown;
  /** The stream's bytes, event by event. */
  readonly stream: (
    said: Said,
    model: string,
    body: Record<string, unknown>,
  ) => readonly (string | Uint8Array)[];
  readonly streamType: string;
  readonly fail: (failed: Failed) => { readonly body: unknown; readonly headers?: Record<string, string> };
}
