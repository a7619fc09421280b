/** The one cache of server data, and what every failed call has in common. */
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ProblemError } from './problem';

/** Who is logged in; `null` once the server said that nobody is. */
export const ME = ['me'] as const;

const RETRIES_MAX = 2;

/** The login ran out or was revoked: the page asks for it again, wherever the person is. */
function noticeLogout(error: unknown): void {
  if (error instanceof ProblemError && error.status === 401) queryClient.setQueryData(ME, null);
}

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noticeLogout }),
  mutationCache: new MutationCache({ onError: noticeLogout }),
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      // An answer of the server is final; only silence is worth asking again.
      retry: (failures, error) =>
        failures < RETRIES_MAX &&
        error instanceof ProblemError &&
        (error.status === 0 || error.status >= 502),
    },
  },
});
