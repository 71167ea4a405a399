/** The objects a body or a query names: where the APIs have a field for an id, whatever the value of it looks like. */
import { isObject, type JsonObject, type JsonValue, parseJson } from '../../core/json.ts';

export interface Reference {
  readonly field: string;
  readonly id: string;
  /** What it should be, in words. */
  readonly kind: string;
}

/** What a request names. */
export interface Named {
  /** Where an API has a field for an id, or its place in the path. */
  readonly references: readonly Reference[];
  /** Texts that may be ids: refused where they are another's, and nothing to anyone else. */
  readonly mentioned: readonly string[];
}

/** Fields whose text is an id, or a list of them. */
const fields: Readonly<Record<string, string>> = {
  previous_response_id: 'response',
  response_id: 'response',
  conversation_id: 'conversation',
  vector_store_id: 'vector store',
  vector_store_ids: 'vector store',
  container_id: 'container',
  batch_id: 'batch',
  upload_id: 'upload',
  assistant_id: 'assistant',
  thread_id: 'thread',
  eval_id: 'eval',
  video_id: 'video',
  character_id: 'character',
  training_file: 'file',
  validation_file: 'file',
  result_files: 'file',
  fine_tuned_model_checkpoint: 'checkpoint',
  agent_id: 'agent',
  agent_ids: 'agent',
  environment_id: 'environment',
  deployment_id: 'deployment',
  memory_store_id: 'memory store',
  session_id: 'session',
  user_profile_id: 'user profile',
  vault_id: 'vault',
  vault_ids: 'vault',
  cachedContent: 'cache',
  cached_content: 'cache',
};

/** Words with other meanings too, with how an id of theirs begins; an object below them has its id in `id`. */
const words: Readonly<Record<string, { readonly kind: string; readonly begins: RegExp }>> = {
  agent: { kind: 'agent', begins: /^agent_/ },
  audio: { kind: 'audio', begins: /^audio_/ },
  batch: { kind: 'batch', begins: /^(?:msg)?batch_/ },
  character: { kind: 'character', begins: /^char_/ },
  container: { kind: 'container', begins: /^(?:cntr|container)_/ },
  conversation: { kind: 'conversation', begins: /^conv_/ },
  file: { kind: 'file', begins: /^file[-_]/ },
  fine_tuned_model: { kind: 'model', begins: /^ft:/ },
  skill_id: { kind: 'skill', begins: /^skill_/ },
  video: { kind: 'video', begins: /^video_/ },
};

/** Ids as providers make them, a word and something random: `file-abc…`, `batch_…`; never a plain word. */
const idLike = /^[A-Za-z]+(?:[_-][A-Za-z]+)*[_-][A-Za-z0-9_-]{6,200}$/;

export function isIdLike(text: string): boolean {
  return idLike.test(text);
}

/** What callers put there is theirs, and no provider acts on it: descriptions, schemas, what a tool was called with. */
const inert: ReadonlySet<string> = new Set([
  'metadata',
  'client_metadata',
  'parameters',
  'properties',
  'input_schema',
  'item_schema',
  'schema',
]);
const inertObjects: ReadonlySet<string> = new Set(['args', 'response', 'input']);
const typed: Readonly<Record<string, string>> = { item_reference: 'item', file_id: 'file' };

function kindOf(field: string): string | undefined {
  if (/(?:^|_)file_ids?$/.test(field)) return 'file';
  return Object.hasOwn(fields, field) ? fields[field] : undefined;
}

/** Files of one's own have an address at the provider; others are anywhere. */
function isKeptFile(uri: string): boolean {
  return /^https:\/\/[^/]*googleapis\.com\/.*\bfiles\//i.test(uri);
}

class Search implements Named {
  readonly references: Reference[] = [];
  readonly mentioned: string[] = [];

  value(value: JsonValue | undefined): void {
    if (Array.isArray(value)) for (const entry of value) this.value(entry);
    else if (isObject(value)) this.#object(value);
  }

  #object(object: JsonObject): void {
    const { type, id } = object;
    if (typeof type === 'string' && typeof id === 'string' && Object.hasOwn(typed, type))
      this.#add('id', id, typed[type] ?? '');
    for (const [field, value] of Object.entries(object)) {
      if (value === null || inert.has(field) || (inertObjects.has(field) && isObject(value))) continue;
      this.#field(field, value);
      if (typeof value === 'object') this.value(value);
    }
  }

  #field(field: string, value: JsonValue | undefined): void {
    const kind = kindOf(field);
    if (kind !== undefined)
      for (const id of Array.isArray(value) ? value : [value])
        if (typeof id === 'string' && id !== '') this.#add(field, id, kind);
    if (Object.hasOwn(words, field)) this.#word(field, value);
    if ((field === 'fileUri' || field === 'file_uri') && typeof value === 'string' && isKeptFile(value))
      this.#add(field, value, 'file');
  }

  #word(field: string, value: JsonValue | undefined): void {
    const word = words[field];
    const id = isObject(value) ? value.id : value;
    if (word === undefined || typeof id !== 'string' || id === '') return;
    if (isObject(value) || word.begins.test(id)) this.#add(field, id, word.kind);
    else this.mentioned.push(id);
  }

  #add(field: string, id: string, kind: string): void {
    this.references.push({ field, id, kind });
  }
}

/** What an inference call or a reply names. */
export function referencesIn(json: JsonValue | undefined): Named {
  const search = new Search();
  search.value(json);
  return search;
}

/** What a query or a form says, each field as often as it is said: `file_ids[]` as `file_ids`. */
export function referencesInFields(entries: Iterable<readonly [string, unknown]>): Named {
  const search = new Search();
  for (const [name, value] of entries) {
    if (typeof value !== 'string') continue;
    search.value({ [name.replace(/\[\d*\]$/, '')]: value });
    if (/^\s*[[{]/.test(value)) search.value(parseJson(value));
    if (isIdLike(value)) search.mentioned.push(value);
  }
  return search;
}

/** Every text of a body that looks like an id, where nothing but looking it up tells what it is. */
export function idsIn(json: JsonValue | undefined): readonly string[] {
  if (typeof json === 'string') return isIdLike(json) ? [json] : [];
  if (Array.isArray(json)) return json.flatMap(idsIn);
  if (!isObject(json)) return [];
  return Object.entries(json).flatMap(([field, value]) => (inert.has(field) ? [] : idsIn(value)));
}

const token = /[A-Za-z]+[_-][A-Za-z0-9_-]{6,200}/g;

/** Of a body in no known form, all that could be an id. */
export function idsInText(text: string): readonly string[] {
  return [...new Set(text.match(token))];
}

/** Words of requests to read what every caller of the account has stored. */
const everything: ReadonlySet<string> = new Set(['stored_completions', 'logs', 'responses']);
const sources: ReadonlySet<string> = new Set(['data_source', 'data_source_config', 'source']);

/** Whether an evaluation is to read the whole account's calls, whosever they are. */
export function readsEverything(json: JsonValue | undefined, field = ''): boolean {
  if (Array.isArray(json)) return json.some((entry) => readsEverything(entry));
  if (!isObject(json)) return false;
  if (sources.has(field) && typeof json.type === 'string' && everything.has(json.type)) return true;
  return Object.entries(json).some(([name, value]) => readsEverything(value, name));
}

function keysIn(json: JsonValue | undefined): number {
  if (Array.isArray(json)) return json.reduce((sum: number, entry) => sum + keysIn(entry), 0);
  if (!isObject(json)) return 0;
  return Object.values(json).reduce((sum: number, value) => sum + 1 + keysIn(value), 0);
}

const textOrKey = /"(?:[^"\\]|\\.)*"(\s*:)?/g;

/** Whether somewhere a field is said twice, so that a provider may read another value than was read here. */
export function saysTwice(text: string, json: JsonValue): boolean {
  let said = 0;
  for (const [, colon] of text.matchAll(textOrKey)) if (colon !== undefined) said++;
  return said !== keysIn(json);
}

/**
 * What stands in every text of an inference call that names an object; a letter may also be written as an escape. One pass, which
 * costs the same however many words there are: a tenth of looking for each.
 */
const telling =
  /(?<=file|response|store|skill|container|conversation|batch)_ids?"|(?<=file)_uri"|(?<=cached)_content"|(?<=item)_reference"|fileUri"|cachedContent"|"(?:container|conversation|audio)"|\\u00/;

/** Whether a call's body could name an object at all: most do not, and are searched no further. */
export function mayRefer(text: string): boolean {
  return telling.test(text);
}
