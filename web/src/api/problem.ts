/** Errors of the API as the server tells them: RFC 9457 problem documents. */
import type { components } from './schema';

type Problem = components['schemas']['Problem'];

/** What a call failed with. `detail` and `errors` are the server's own words and are shown as they are. */
export class ProblemError extends Error {
  /** The HTTP status; 0 when there was no answer at all. */
  readonly status: number;
  readonly title: string;
  readonly detail: string | undefined;
  readonly errors: { field: string; message: string }[];

  constructor(problem: { status: number } & Partial<Pick<Problem, 'title' | 'detail' | 'errors'>>) {
    super(problem.detail ?? problem.title ?? `HTTP ${problem.status}`);
    this.name = 'ProblemError';
    this.status = problem.status;
    this.title = problem.title ?? '';
    this.detail = problem.detail ?? undefined;
    this.errors = problem.errors ?? [];
  }

  /** The server cannot be reached, or broke off before it answered. */
  static unreachable(): ProblemError {
    return new ProblemError({ status: 0 });
  }

  /** Reads what came with a status of failure: a problem document, or whatever a proxy in between says. */
  static fromBody(status: number, body: unknown): ProblemError {
    if (typeof body !== 'object' || body === null) return new ProblemError({ status });
    const { title, detail, errors } = body as Partial<Problem>;
    return new ProblemError({
      status,
      ...(typeof title === 'string' && { title }),
      ...(typeof detail === 'string' && { detail }),
      ...(Array.isArray(errors) && { errors }),
    });
  }

  /** As {@link fromBody}, of a body that is still text. */
  static fromText(status: number, text: string): ProblemError {
    try {
      return ProblemError.fromBody(status, JSON.parse(text));
    } catch {
      return new ProblemError({ status });
    }
  }
}

/** Any thrown value as a problem. */
export function asProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  return new ProblemError({ status: 0, title: error instanceof Error ? error.message : String(error) });
}
