/** A call of another dialect, written for Gemini. */
import type { Call } from '../../core/call.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import { nameUnserved, writeTier } from '../../core/serving.ts';
import type { RequestChange } from '../dialect.ts';
import { writeContents } from './foreign-contents.ts';
import { writeConfig } from './generation-config.ts';
import { declare, writeToolChoice } from './tools.ts';

export function writeForeign(call: Call, { model }: RequestChange, losses: Losses): JsonObject {
  const note = (loss: string) => losses.add(loss);
  const { system, contents } = writeContents(call.messages, model, note);
  const written: JsonObject = {};
  if (system.length > 0) written.systemInstruction = { parts: system };
  written.contents = contents;
  const declarations = declare(call.tools ?? [], note);
  if (declarations.length > 0) {
    written.tools = [{ functionDeclarations: declarations }];
    // Without declarations Google refuses to be told how to call them.
    const choice = call.toolChoice && writeToolChoice(call.toolChoice);
    if (choice !== undefined) written.toolConfig = { functionCallingConfig: choice };
    if (call.parallelToolCalls === false) note('parallel_tool_calls');
  }
  const config = writeConfig(call, model, note);
  if (config !== undefined) written.generationConfig = config;
  if (call.endUser !== undefined) note('user');
  // Labels and service tiers exist on one of Google's two platforms only; the other refuses requests that have them.
  if (call.metadata !== undefined && Object.keys(call.metadata).length > 0) note('metadata');
  writeTier({}, call.serviceTier, losses);
  nameUnserved(call, losses);
  return written;
}
