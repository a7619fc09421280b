/** What a session may be called, told while a person types. It is also the session's host name. The server decides. */

export const SESSION_NAME_CHARACTERS_MIN = 4;
export const SESSION_NAME_CHARACTERS_MAX = 64;

/** Why a name is refused; every value has its sentence under `start.fault` in the translations. */
export type SessionNameFault = 'characters' | 'length' | 'ends';

export function sessionNameFault(name: string): SessionNameFault | null {
  if (!/^[\w.-]*$/.test(name)) return 'characters';
  if (name.length < SESSION_NAME_CHARACTERS_MIN || name.length > SESSION_NAME_CHARACTERS_MAX) return 'length';
  return /^\w.*\w$/.test(name) ? null : 'ends';
}

/** A name that is most likely free, so that a session can be started without thinking of one. */
export function suggestedSessionName(): string {
  const letters = crypto.getRandomValues(new Uint8Array(4));
  return `session-${Array.from(letters, (value) => (value % 36).toString(36)).join('')}`;
}

/** What the sentences about names count with. */
export const NAME_CHARACTERS = { min: SESSION_NAME_CHARACTERS_MIN, max: SESSION_NAME_CHARACTERS_MAX };
