/**
 * A provider's list as one team may see it: its own objects alone, in the form of the provider's page. What others have made leaves
 * gaps, which are filled from the pages that follow, up to a bound.
 */
import { isObject, type JsonObject, type JsonValue, stringOf } from '../../core/json.ts';

/** So many pages are asked for at most to fill one. */
const maxPages = 20;
/** All APIs give as many at once. */
const entriesAtOnce = 100;
const usualPage = 20;

export interface PageSource {
  /** One page of the provider's; rejects for what is none. `query`: absent for the one that was asked for. */
  fetch(query?: URLSearchParams): Promise<JsonObject>;
  /** Whether what nobody is known to own is to be seen too. */
  readonly isOpen: boolean;
  /** Of its entries, the caller's own, in the order they came. */
  ownAmong(entries: readonly JsonValue[]): Promise<readonly JsonObject[]>;
}

/** The two ways a page goes on: from an entry's id, or by a mark that only the provider can read. */
const cursors = [
  { after: 'after', before: 'before' },
  { after: 'after_id', before: 'before_id' },
] as const;

interface Direction {
  readonly field: string;
  readonly isBackwards: boolean;
}

function directionOf(query: URLSearchParams, page: JsonObject): Direction | undefined {
  // Anthropic's pages tell their ends in any case; OpenAI's lists are asked for with other words.
  for (const { after, before } of cursors) {
    if (query.has(before)) return { field: before, isBackwards: true };
    if (query.has(after)) return { field: after, isBackwards: false };
  }
  const isAnthropic = page.object === undefined && page.first_id !== undefined;
  return { field: isAnthropic ? 'after_id' : 'after', isBackwards: false };
}

function idOf(entry: JsonValue | undefined): string | undefined {
  return isObject(entry) ? stringOf(entry.id) : undefined;
}

function entriesOf(page: JsonObject): readonly JsonValue[] | undefined {
  return Array.isArray(page.data) ? page.data : undefined;
}

/** Entries and ends anew; what else the page says stays. */
function pageWith(page: JsonObject, data: readonly JsonObject[], hasMore: boolean): JsonObject {
  const written: JsonObject = { ...page, data: [...data] };
  if ('has_more' in page) written.has_more = hasMore;
  if ('first_id' in page) written.first_id = idOf(data[0]) ?? null;
  if ('last_id' in page) written.last_id = idOf(data.at(-1)) ?? null;
  // Counts of what others have are nobody's business.
  for (const count of ['total', 'total_count']) delete written[count];
  return written;
}

function limitOf(query: URLSearchParams): number | undefined {
  const limit = Number(query.get('limit') ?? '');
  return Number.isInteger(limit) && limit > 0 ? limit : undefined;
}

/** Undefined where the provider's reply is no list. */
export async function ownPage(query: URLSearchParams, source: PageSource): Promise<JsonObject | undefined> {
  const asked = new URLSearchParams(query);
  const limit = limitOf(query);
  const first = await source.fetch();
  const entries = entriesOf(first);
  if (entries === undefined) return undefined;
  const seen = await source.ownAmong(entries);
  // Then most of what follows is to be seen as well, and the provider knows best how it goes on.
  if (source.isOpen && seen.length === entries.length) return first;
  if ('next_page' in first) return await markedPage(asked, first, source);
  const direction = directionOf(query, first);
  const wanted = limit ?? Math.max(entries.length, usualPage);
  const own: JsonObject[] = [...seen];
  let page = first;
  let isAll = page.has_more !== true;
  for (
    let pages = 1;
    !isAll && direction !== undefined && own.length <= wanted && pages < maxPages;
    pages++
  ) {
    const { field, isBackwards } = direction;
    const shown = entriesOf(page) ?? [];
    const end = idOf(isBackwards ? shown[0] : shown.at(-1));
    if (end === undefined) break;
    asked.set(field, end);
    asked.set('limit', String(Math.max(limit ?? 0, entriesAtOnce)));
    page = await source.fetch(asked);
    const more = await source.ownAmong(entriesOf(page) ?? []);
    if (isBackwards) own.unshift(...more);
    else own.push(...more);
    isAll = page.has_more !== true;
  }
  const isLonger = own.length > wanted;
  const data = direction?.isBackwards === true ? own.slice(-wanted) : own.slice(0, wanted);
  return pageWith(first, data, isLonger || (!isAll && data.length > 0));
}

/** Where the provider's own mark says how to go on, a page ends where one of its own does. */
async function markedPage(
  asked: URLSearchParams,
  first: JsonObject,
  source: PageSource,
): Promise<JsonObject> {
  let page = first;
  let own = await source.ownAmong(entriesOf(page) ?? []);
  for (let pages = 1; own.length === 0 && pages < maxPages; pages++) {
    const mark = stringOf(page.next_page);
    if (mark === undefined || mark === '') break;
    asked.set('page', mark);
    page = await source.fetch(asked);
    own = await source.ownAmong(entriesOf(page) ?? []);
  }
  const written = pageWith(page, own, page.has_more === true);
  return written;
}
