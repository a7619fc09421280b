/** The same request as a command for a shell, so that what was clicked together can be done again by a script. */
import type { NewSession } from '../sessions/sessions';

/** The variable that the command takes the token from: a secret does not belong on a page. */
export const TOKEN_VARIABLE = 'BERTH_TOKEN';

export function curlOf(origin: string, request: NewSession): string {
  return [
    `curl ${quoted(`${origin}/api/v1/sessions`)}`,
    `-H "Authorization: Bearer $${TOKEN_VARIABLE}"`,
    "-H 'Content-Type: application/json'",
    `-d ${quoted(JSON.stringify(request, null, 2))}`,
  ].join(' \\\n  ');
}

/** As one word of a shell, whatever is in it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
