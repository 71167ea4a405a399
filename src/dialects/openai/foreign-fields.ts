/** What both of OpenAI's APIs ask of a call of another dialect, within limits they share. */
import type { Call } from '../../core/call.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';

/** Limits of `metadata`. */
const maxLabels = 16;
const maxLabelName = 64;
const maxLabelText = 512;
/** Of the name of a schema. */
const maxFormatName = 64;

/** The effort that stands for a budget of reasoning tokens, by the largest budget it stands for. */
const effortOfBudget: readonly (readonly [number, string])[] = [
  [4096, 'low'],
  [16_384, 'medium'],
];

export function effortFor(budgetTokens: number): string {
  return effortOfBudget.find(([budget]) => budgetTokens <= budget)?.[1] ?? 'high';
}

export function putMetadata(
  request: JsonObject,
  metadata: NonNullable<Call['metadata']>,
  losses: Losses,
): void {
  const all = Object.entries(metadata);
  const fitting = all
    .filter(([name, text]) => name.length <= maxLabelName && text.length <= maxLabelText)
    .slice(0, maxLabels);
  if (fitting.length < all.length) losses.add('metadata');
  if (fitting.length > 0) request.metadata = Object.fromEntries(fitting);
}

/** Letters, digits, underscores and dashes; may be empty. */
export function formatName(name: string): string {
  return name.replaceAll(/[^\w-]/g, '_').slice(0, maxFormatName);
}
