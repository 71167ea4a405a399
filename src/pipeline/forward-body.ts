/**
 * The body of a request that is passed on without being understood. JSON and forms that name a model are read, within the
 * limits of every request, and the model's name exchanged in place; everything else streams through, however large.
 */
import { customerName } from '../core/customer-name.ts';
import { GatewayError } from '../core/errors.ts';
import { type JsonObject, parseObject } from '../core/json.ts';
import { applyEdits } from '../core/json-outline.ts';
import type { UpstreamBody } from '../upstream/transport.ts';
import { idsIn, idsInText, type Named, referencesIn, referencesInFields } from './objects/references.ts';
import { checkSaidOnce } from './objects/said-once.ts';
import { type BodyLimits, readBody, readBytes } from './read-body.ts';

/** How much of a body is read. */
export interface Reading {
  /** Whether a form of this surface may name a model, and so must be read. */
  readonly namesModel: boolean;
  /** Whether all that it names must be known, whatever it is written in. */
  readonly namesObjects: boolean;
}

export interface ForwardBody {
  /** The model the request names, if it names one. */
  readonly model: string | undefined;
  /** Whether a stream of events is asked for. */
  readonly stream: boolean;
  /** The client's own name for its end user. */
  readonly customer?: string | undefined;
  /** The body itself where it is JSON. */
  readonly json?: JsonObject;
  /** What it names, where it was asked and could be read. */
  readonly named?: Named;
  /** The body to send, with the model under the target's own name; undefined for a request without one. */
  content(model: string | undefined): UpstreamBody | undefined;
}

const modelKey: ReadonlySet<string> = new Set(['model']);
const none: ForwardBody = { model: undefined, stream: false, content: () => undefined };

function namedInJson(json: JsonObject): Named {
  const { references, mentioned } = referencesIn(json);
  return { references, mentioned: [...mentioned, ...idsIn(json)] };
}

async function readJson(request: Request, limits: BodyLimits, namesObjects: boolean): Promise<ForwardBody> {
  const { text, outline, json } = await readBody(request, limits, modelKey);
  if (namesObjects) checkSaidOnce({ text, json });
  const asked = typeof json.model === 'string' && json.model !== '' ? json.model : undefined;
  return {
    model: asked,
    stream: json.stream === true,
    customer: customerName(json.user, json.safety_identifier),
    json,
    named: namedInJson(json),
    content(model) {
      if (model === undefined || model === asked) return text;
      const span = outline.spans.get('model');
      // A key spelled with escapes has no span; then the whole body is written anew.
      if (span === undefined) return JSON.stringify({ ...json, model });
      return applyEdits(text, [{ ...span, text: JSON.stringify(model) }]);
    },
  };
}

const modelField =
  /(content-disposition:[^\r\n]*\bname="?model"?[^\r\n]*(?:\r\n[^\r\n]+)*\r\n\r\n)([^\r\n]*)(?=\r\n--)/i;

/** Replaces the form's model where it stands, so that files keep their bytes. Characters stand for bytes (Latin-1). */
function withModel(bytes: Uint8Array, model: string): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1');
  const encoded = Buffer.from(model, 'utf8').toString('latin1');
  return Buffer.from(
    text.replace(modelField, (_all, head: string) => head + encoded),
    'latin1',
  );
}

async function readForm(request: Request, type: string, limits: BodyLimits): Promise<ForwardBody> {
  const bytes = await readBytes(request, limits.maxBodyBytes);
  let form: Iterable<[string, unknown]> & { getAll(name: string): unknown[]; get(name: string): unknown };
  try {
    form = await new Response(bytes as Uint8Array<ArrayBuffer>, {
      headers: { 'content-type': type },
    }).formData();
  } catch {
    throw new GatewayError('invalid_form', 'We could not parse the multipart form of your request.');
  }
  const named = form.getAll('model');
  if (named.length > 1)
    throw new GatewayError('duplicate_key', 'The form names the model more than once.', { param: 'model' });
  const [first] = named;
  const asked = typeof first === 'string' && first !== '' ? first : undefined;
  return {
    model: asked,
    stream: form.get('stream') === 'true',
    customer: customerName(form.get('user') as string | null),
    named: referencesInFields(form),
    content: (model) => (model === undefined || model === asked ? bytes : withModel(bytes, model)),
  };
}

/** A provider may read a body for what it is, whatever its type says. */
async function readOther(request: Request, type: string, limits: BodyLimits): Promise<ForwardBody> {
  const bytes = await readBytes(request, limits.maxBodyBytes);
  const text = Buffer.from(bytes).toString('utf8');
  const json = parseObject(text);
  if (json !== undefined) checkSaidOnce({ text, json });
  const fields = /^application\/x-www-form-urlencoded\b/i.test(type)
    ? referencesInFields(new URLSearchParams(text))
    : undefined;
  return {
    ...none,
    named: json ? namedInJson(json) : (fields ?? { references: [], mentioned: idsInText(text) }),
    content: () => bytes,
  };
}

/** Throws a GatewayError. */
export async function readForwardBody(
  request: Request,
  limits: BodyLimits,
  { namesModel, namesObjects }: Reading,
): Promise<ForwardBody> {
  const { body } = request;
  if (body === null || request.method === 'GET' || request.method === 'HEAD') return none;
  const type = request.headers.get('content-type') ?? '';
  if (request.headers.get('content-length') === '0') return none;
  if (/^application\/json\b/i.test(type)) return await readJson(request, limits, namesObjects);
  if ((namesModel || namesObjects) && /^multipart\/form-data\b/i.test(type))
    return await readForm(request, type, limits);
  return namesObjects ? await readOther(request, type, limits) : { ...none, content: () => body };
}
