/** How a provider's list of models is asked for and read: one way for each API that has one. */
import type { DialectName } from '../core/dialect-name.ts';
import { isObject, type JsonObject, type JsonValue, stringOf } from '../core/json.ts';

/** A model under its provider's own name; further fields are the provider's own. */
export interface ListedModel {
  readonly id: string;
  readonly createdAtS: number;
  readonly ownedBy?: string;
  readonly fields: JsonObject;
}

export interface ModelPage {
  readonly models: readonly ListedModel[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: string;
}

export interface ModelListing {
  /** Below the base URL, with its leading slash and query. `next`: as the page before said. */
  path(next: string | undefined): string;
  read(json: unknown): ModelPage;
}

function objectsIn(json: unknown, key: string): readonly JsonObject[] {
  const list = isObject(json) ? json[key] : undefined;
  return Array.isArray(list) ? list.filter(isObject) : [];
}

/** Seconds since 1970 of a time in RFC 3339; 0 for what is none. */
function secondsOf(time: JsonValue | undefined): number {
  const ms = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return Number.isFinite(ms) ? Math.floor(ms / 1000) : 0;
}

const openAi: ModelListing = {
  path: () => '/models',
  read: (json) => ({
    // Some send the bare list.
    models: (Array.isArray(json) ? json.filter(isObject) : objectsIn(json, 'data')).flatMap((fields) => {
      const { id, created, owned_by: owner } = fields;
      if (typeof id !== 'string') return [];
      const createdAtS = typeof created === 'number' ? created : 0;
      return [{ id, createdAtS, ...(typeof owner === 'string' && { ownedBy: owner }), fields }];
    }),
  }),
};

/** `GET /v1/models`: `data[].id`, `created_at`; `has_more` and `last_id` for `after_id`. */
const anthropic: ModelListing = {
  path: (next) => `/v1/models?limit=1000${next === undefined ? '' : `&after_id=${encodeURIComponent(next)}`}`,
  read(json) {
    const models = objectsIn(json, 'data').flatMap((fields) =>
      typeof fields.id === 'string'
        ? [{ id: fields.id, createdAtS: secondsOf(fields.created_at), fields }]
        : [],
    );
    const next =
      isObject(json) && json.has_more === true ? (stringOf(json.last_id) ?? models.at(-1)?.id) : undefined;
    return { models, ...(next !== undefined && { next }) };
  },
};

/** `GET /v1beta/models`: `models[].name` is `models/<id>`; `nextPageToken` for `pageToken`. */
const gemini: ModelListing = {
  path: (next) =>
    `/v1beta/models?pageSize=1000${next === undefined ? '' : `&pageToken=${encodeURIComponent(next)}`}`,
  read(json) {
    const models = objectsIn(json, 'models').flatMap((fields) => {
      const id = stringOf(fields.name)?.replace(/^models\//, '');
      return id === undefined ? [] : [{ id, createdAtS: 0, fields }];
    });
    const next = isObject(json) ? stringOf(json.nextPageToken) : undefined;
    return { models, ...(next !== undefined && next !== '' && { next }) };
  },
};

const listings: Partial<Record<DialectName, ModelListing>> = { 'anthropic-messages': anthropic, gemini };

/** The way of the dialect a provider prefers; most list as OpenAI does. */
export function listingOf(dialects: ReadonlySet<DialectName>): ModelListing {
  const [preferred] = dialects;
  return (preferred && listings[preferred]) ?? openAi;
}
