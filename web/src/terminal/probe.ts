import { ProblemError } from '../api/problem';
import { fetchSession, isLive } from '../sessions/sessions';
import type { Reachability } from './socket';

/** Asks over HTTP whether a session can be attached to. */
export async function probe(session: string): Promise<Reachability> {
  try {
    return isLive(await fetchSession(session)) ? 'there' : 'session-gone';
  } catch (error) {
    const status = error instanceof ProblemError ? error.status : 0;
    if (status === 401) return 'logged-out';
    return status === 404 ? 'session-gone' : 'unreachable';
  }
}
