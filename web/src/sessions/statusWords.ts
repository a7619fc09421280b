/** Why a session is where it is, in the language of the page; what the server says that is not known here, as it is. */
import type { TFunction } from 'i18next';

const CODE = /^the startup command ended with exit code (\d+)$/;

/** The server's sentences (crates/sessions/src), each with its key under `sessions.info`. */
export const KNOWN = {
  'ended by its owner': 'owner',
  'the server was shut down': 'shutDown',
  'the server stopped while the session was running': 'lost',
  'it was not used for as long as its idle time-out': 'idle',
  'its lifetime was over': 'lifetime',
} as const;

export function statusWords(info: string, t: TFunction): string {
  const code = CODE.exec(info)?.[1];
  if (code !== undefined) return t('sessions.info.code', { code });
  return isKnown(info) ? t(`sessions.info.${KNOWN[info]}`) : info;
}

function isKnown(info: string): info is keyof typeof KNOWN {
  return Object.hasOwn(KNOWN, info);
}
