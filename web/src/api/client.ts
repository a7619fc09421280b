/** The typed client of the HTTP API. Its types come from the server's OpenAPI document: `npm run generate`. */
import createClient from 'openapi-fetch';
import { ProblemError } from './problem';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];

/** What a list call answers. */
interface Page<T> {
  items: T[];
  next?: string | null;
}

/** Items asked for at one time: the most that the server gives. */
const PAGE_ITEMS = 1000;

/** The most items {@link allPages} gathers, so that a mistake of paging ends. */
const ALL_ITEMS_MAX = 100_000;

export const api = createClient<paths>({
  baseUrl: window.location.origin,
  fetch: async (request) => {
    try {
      return await fetch(request);
    } catch (error) {
      if (request.signal.aborted) throw error;
      throw ProblemError.unreachable();
    }
  },
});

/** The body of an answer, or a {@link ProblemError} thrown. */
export async function answer<T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw ProblemError.fromBody(response.status, error);
  return data as T;
}

/** Every item of a list, page by page. */
export async function allPages<T>(
  page: (query: { limit: number; after?: string }) => Promise<Page<T>>,
): Promise<T[]> {
  const items: T[] = [];
  let next: string | null | undefined;
  do {
    const found = await page({ limit: PAGE_ITEMS, ...(next && { after: next }) });
    items.push(...found.items);
    next = found.next;
  } while (next && items.length < ALL_ITEMS_MAX);
  return items;
}
