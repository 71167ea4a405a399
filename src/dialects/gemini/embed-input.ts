/** One `EmbedContentRequest` as an input of a call for embeddings, and written as one. */
import { carriedFields } from '../../core/carry.ts';
import type { DialectName } from '../../core/dialect-name.ts';
import type { EmbeddingCall, EmbeddingInput, EmbeddingTask, TextInput } from '../../core/embedding.ts';
import { isObject, type JsonObject, type JsonValue, stringOf } from '../../core/json.ts';
import { fieldOf, fillSeat, hasSeat, takeField, takeText } from './fields.ts';
import { resourceOf } from './speak.ts';

const tasks: ReadonlyMap<string, EmbeddingTask> = new Map([
  ['RETRIEVAL_QUERY', 'query'],
  ['RETRIEVAL_DOCUMENT', 'document'],
  ['SEMANTIC_SIMILARITY', 'similarity'],
  ['CLASSIFICATION', 'classification'],
  ['CLUSTERING', 'clustering'],
  ['QUESTION_ANSWERING', 'question-answering'],
  ['FACT_VERIFICATION', 'fact-verification'],
  ['CODE_RETRIEVAL_QUERY', 'code-query'],
]);

const words: ReadonlyMap<EmbeddingTask, string> = new Map([...tasks].map(([word, task]) => [task, word]));

export function taskWord(task: EmbeddingTask): string {
  return words.get(task) ?? 'TASK_TYPE_UNSPECIFIED';
}

/** What may differ from request to request here, and is said once for all everywhere else. */
export type Settings = Pick<EmbeddingCall, 'dimensions' | 'task' | 'nativeTask'>;

/** What a request says of how it is to be embedded; nothing of it is taken. */
export function settingsOf(request: JsonObject): Settings {
  const dimensions = fieldOf(request, 'outputDimensionality');
  const nativeTask = stringOf(fieldOf(request, 'taskType'));
  const task = tasks.get(nativeTask ?? '');
  return {
    ...(typeof dimensions === 'number' && { dimensions }),
    ...(task !== undefined && nativeTask !== undefined && { task, nativeTask }),
  };
}

export function isSame(one: Settings, other: Settings): boolean {
  return one.dimensions === other.dimensions && one.task === other.task;
}

/** The text of a content that is one text and nothing more. */
function onlyText(content: JsonObject): string | undefined {
  const { parts } = content;
  if (!Array.isArray(parts) || parts.length !== 1) return undefined;
  const [part] = parts;
  if (!isObject(part) || Object.keys(part).length !== 1) return undefined;
  return stringOf(part.text);
}

/** `settings`: those of the call, which are taken out of the request. */
export function readInput(dialect: DialectName, raw: JsonValue, settings: Settings): EmbeddingInput {
  const content = isObject(raw) ? raw.content : undefined;
  const text = isObject(content) ? onlyText(content) : undefined;
  if (!isObject(raw) || !isObject(content) || text === undefined)
    return { type: 'other', carry: { dialect, fields: { value: raw } } };
  const fields: JsonObject = { ...raw, content: { ...content, parts: undefined } };
  if (settings.dimensions !== undefined) takeField(fields, 'outputDimensionality');
  if (settings.task !== undefined) takeField(fields, 'taskType');
  const title = takeText(fields, 'title');
  return { type: 'text', text, ...(title !== undefined && { title }), carry: { dialect, fields } };
}

/** An input of this dialect, put together again. */
export function restoreInput(dialect: DialectName, input: EmbeddingInput, settings: Settings): JsonValue {
  if (input.type === 'tokens') return null;
  const fields: JsonObject = { ...carriedFields(input.carry, dialect) };
  if (input.type === 'other') return fields.value ?? null;
  if (isObject(fields.content)) fields.content = { ...fields.content, parts: [{ text: input.text }] };
  fillSeat(fields, 'outputDimensionality', settings.dimensions);
  fillSeat(fields, 'taskType', settings.nativeTask);
  if (hasSeat(fields, 'title')) fillSeat(fields, 'title', input.title);
  return fields;
}

/** An input of another dialect as a request of this one. */
export function writeInput({ text, title }: TextInput, model: string, settings: Settings): JsonObject {
  return {
    model: resourceOf(model),
    content: { parts: [{ text }] },
    ...(settings.task !== undefined && { taskType: taskWord(settings.task) }),
    ...(title !== undefined && { title }),
    ...(settings.dimensions !== undefined && { outputDimensionality: settings.dimensions }),
  };
}
