/**
 * How much a model shall think: `thinkingLevel` from Gemini 3 on, `thinkingBudget` in 2.5, nothing before. The table between
 * words and budgets is the one Google documents for its own OpenAI-compatible endpoint.
 */
import type { ReasoningRequest } from '../../core/call.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { fieldOf, fillSeat, hasSeat, keyOf, takeField } from './fields.ts';

const named = /gemini-(\d+(?:\.\d+)?)/;
const budgets: Readonly<Record<string, number>> = { minimal: 1024, low: 1024, medium: 8192, high: 24_576 };
/** What is above the highest level. */
const beyondHigh: ReadonlySet<string> = new Set(['xhigh', 'max']);

/** 2.5 or 3, say; an alias without a number means the newest. 0 for families that do not think. */
export function generationOf(model: string): number {
  const number = named.exec(model)?.[1];
  if (number !== undefined) return Number(number);
  return /gemma|learnlm/.test(model) ? 0 : Number.POSITIVE_INFINITY;
}

/** Takes what is understood out of `thinkingConfig`; undefined when it says nothing. */
export function takeReasoning(config: JsonObject): ReasoningRequest | undefined {
  const key = keyOf(config, 'thinkingConfig');
  const raw = config[key];
  if (!isObject(raw)) return undefined;
  const fields: JsonObject = { ...raw };
  config[key] = fields;
  const budget = fieldOf(fields, 'thinkingBudget');
  const level = fieldOf(fields, 'thinkingLevel');
  const shows = fieldOf(fields, 'includeThoughts');
  const isBudget = typeof budget === 'number' && Number.isInteger(budget) && budget >= -1;
  if (isBudget) takeField(fields, 'thinkingBudget');
  if (typeof shows === 'boolean') takeField(fields, 'includeThoughts');
  return {
    ...(isBudget && budget === 0 && { mode: 'disabled' }),
    ...(isBudget && budget === -1 && { mode: 'adaptive' }),
    ...(isBudget && budget > 0 && { mode: 'enabled', budgetTokens: budget }),
    ...(typeof level === 'string' &&
      !level.endsWith('_UNSPECIFIED') && { effort: level.toLowerCase().replace(/^thinking_level_/, '') }),
    ...(typeof shows === 'boolean' && { show: shows }),
  };
}

export function restoreReasoning(config: JsonObject, reasoning: ReasoningRequest): void {
  const key = keyOf(config, 'thinkingConfig');
  const raw = config[key];
  if (!isObject(raw)) return;
  const fields: JsonObject = { ...raw };
  const { mode, budgetTokens } = reasoning;
  const budget = mode === 'disabled' ? 0 : mode === 'adaptive' ? -1 : budgetTokens;
  if (hasSeat(fields, 'thinkingBudget')) fillSeat(fields, 'thinkingBudget', budget);
  fillSeat(fields, 'includeThoughts', reasoning.show);
  config[key] = fields;
}

function levelForBudget(budget: number): string {
  if (budget <= 1024) return 'low';
  return budget <= 8192 ? 'medium' : 'high';
}

function levelOf(
  { mode, effort, budgetTokens }: ReasoningRequest,
  model: string,
  note: (loss: string) => void,
): string | undefined {
  const isPro = /pro/.test(model);
  const least = isPro ? 'low' : 'minimal';
  if (mode === 'disabled' || effort === 'none') {
    note('reasoning off');
    return least;
  }
  if (effort === undefined) {
    if (budgetTokens === undefined) return undefined;
    note('reasoning budget');
    return levelForBudget(budgetTokens);
  }
  if (beyondHigh.has(effort)) {
    note(`reasoning effort ${effort}`);
    return 'high';
  }
  // The first of the third generation knows but two.
  const isUnknown = effort === 'minimal' ? isPro : effort === 'medium' && /gemini-3-pro/.test(model);
  if (isUnknown) note(`reasoning effort ${effort}`);
  if (effort === 'minimal') return least;
  if (isUnknown) return 'high';
  if (effort in budgets) return effort;
  note(`reasoning effort ${effort}`);
  return undefined;
}

function budgetOf(
  { mode, effort, budgetTokens }: ReasoningRequest,
  model: string,
  note: (loss: string) => void,
): number | undefined {
  const isPro = /pro/.test(model);
  if (mode === 'disabled' || effort === 'none') {
    if (!isPro) return 0;
    note('reasoning off');
    return 128;
  }
  if (budgetTokens !== undefined) {
    const most = isPro ? 32_768 : 24_576;
    if (budgetTokens > most) note('reasoning budget');
    return Math.min(budgetTokens, most);
  }
  if (effort === undefined) return mode === undefined ? undefined : -1;
  if (!(effort in budgets)) note(`reasoning effort ${effort}`);
  return budgets[effort] ?? (beyondHigh.has(effort) ? budgets.high : undefined);
}

/** `thinkingConfig` for a wish of another dialect; undefined when there is nothing to say. */
export function writeReasoning(
  reasoning: ReasoningRequest,
  model: string,
  note: (loss: string) => void,
): JsonObject | undefined {
  const generation = generationOf(model);
  const isOff = reasoning.mode === 'disabled' || reasoning.effort === 'none';
  if (generation < 2.5) {
    if (!isOff) note('reasoning');
    return undefined;
  }
  const level = generation >= 3 ? levelOf(reasoning, model, note) : undefined;
  const budget = generation < 3 ? budgetOf(reasoning, model, note) : undefined;
  const config: JsonObject = {
    ...(level !== undefined && { thinkingLevel: level }),
    ...(budget !== undefined && { thinkingBudget: budget }),
    ...(reasoning.show !== undefined && !isOff && { includeThoughts: reasoning.show }),
  };
  return Object.keys(config).length === 0 ? undefined : config;
}
