import type { TFunction } from 'i18next';
import { asProblem } from '../api/problem';

/** What to tell a person about a failed call: the server's words where there are any. */
export function problemWords(error: unknown, t: TFunction): { title: string; details: string[] } {
  const problem = asProblem(error);
  const details = problem.errors.map(({ field, message }) => (field ? `${field}: ${message}` : message));
  if (problem.detail !== undefined) {
    return { title: problem.detail, details: details.filter((line) => !line.includes(problem.detail ?? '')) };
  }
  if (problem.title !== '') return { title: problem.title, details };
  const title =
    problem.status === 0 ? t('problem.unreachable') : t('problem.unexpected', { status: problem.status });
  return { title, details };
}
