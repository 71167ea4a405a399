/** The whole request, read from Gemini, put together again, or written anew for a call of another dialect. */
import type { Call, Message, ServiceTier } from '../../core/call.ts';
import { carriedFields } from '../../core/carry.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import { readTier, type TierWords } from '../../core/serving.ts';
import type { RequestChange, RequestLine } from '../dialect.ts';
import { CallIds } from './call-ids.ts';
import { readContent, readSystem, restoreContent } from './content.ts';
import { dialect, fieldOf, fillSeat, keyOf, takeField } from './fields.ts';
import { writeForeign } from './foreign-request.ts';
import { restoreConfig, takeConfig } from './generation-config.ts';
import { readHead } from './head.ts';
import { rewriteJson } from './rewrite.ts';
import { readTools, restoreToolChoice, restoreTools, takeToolChoice } from './tools.ts';

function takeSystem(fields: JsonObject, ids: CallIds): Message[] {
  const raw = fieldOf(fields, 'systemInstruction');
  if (!isObject(raw) && typeof raw !== 'string') return [];
  takeField(fields, 'systemInstruction');
  return [readSystem(raw, ids)];
}

/** A single object instead of a list is taken too; its seat is then an empty object. */
function takeContents(fields: JsonObject, ids: CallIds): Message[] {
  const raw = fields.contents as JsonValue[] | JsonObject;
  fields.contents = Array.isArray(raw) ? undefined : {};
  return (Array.isArray(raw) ? raw : [raw]).map((content, at) =>
    readContent(content, ids, `contents[${at}]`),
  );
}

function takeLabels(fields: JsonObject): Record<string, string> | undefined {
  const { labels } = fields;
  if (!isObject(labels) || !Object.values(labels).every((value) => typeof value === 'string'))
    return undefined;
  return takeField(fields, 'labels') as Record<string, string>;
}

const tierWords: TierWords = { default: 'standard', flex: 'flex', priority: 'priority' };

function takeTier(fields: JsonObject): ServiceTier | undefined {
  const tier = readTier(tierWords, fieldOf(fields, 'serviceTier'));
  if (tier !== undefined) takeField(fields, 'serviceTier');
  return tier;
}

export function readRequest(json: JsonObject, line?: RequestLine): Call {
  const { model, stream } = readHead(json, line);
  const fields: JsonObject = { ...json };
  const ids = new CallIds();
  const system = takeSystem(fields, ids);
  const contents = takeContents(fields, ids);
  const raw = fields.tools;
  const tools = Array.isArray(raw) || isObject(raw) ? readTools(raw) : undefined;
  if (tools !== undefined) fields.tools = tools.seats;
  const toolChoice = takeToolChoice(fields);
  const metadata = takeLabels(fields);
  const serviceTier = takeTier(fields);
  return {
    model,
    stream,
    messages: [...system, ...contents],
    ...(tools !== undefined && { tools: tools.tools }),
    ...(toolChoice !== undefined && { toolChoice }),
    ...takeConfig(fields),
    ...(metadata !== undefined && { metadata }),
    ...(serviceTier !== undefined && { serviceTier }),
    carry: { dialect, fields },
  };
}

function restore(call: Call, change: RequestChange): JsonObject {
  const fields: JsonObject = { ...carriedFields(call.carry, dialect) };
  const [system] = call.messages.filter(({ apart }) => apart === true);
  const contents = call.messages.filter(({ apart }) => apart !== true).map(restoreContent);
  if (system !== undefined) fillSeat(fields, 'systemInstruction', restoreContent(system));
  fields.contents = isObject(fields.contents) ? (contents[0] ?? {}) : contents;
  if (call.tools !== undefined) fields.tools = restoreTools(call.tools, fields.tools ?? []);
  if (call.toolChoice !== undefined) restoreToolChoice(fields, call.toolChoice);
  restoreConfig(fields, call);
  if (call.serviceTier !== undefined) fillSeat(fields, 'serviceTier', tierWords[call.serviceTier]);
  if (call.metadata !== undefined) fields[keyOf(fields, 'labels')] = { ...call.metadata };
  return call.model === change.model ? fields : rewriteJson(fields, change.model);
}

export function writeRequest(call: Call, change: RequestChange, losses: Losses): JsonObject {
  return call.carry.dialect === dialect ? restore(call, change) : writeForeign(call, change, losses);
}
