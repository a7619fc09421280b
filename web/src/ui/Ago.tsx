/** A moment, told by how long ago it was; exact when pointed at. */
import { useEffect, useState } from 'react';
import { usePreferences } from '../app/preferences';
import { ago } from './units';

const REFRESH_MS = 20_000;

export function Ago({ time }: { time: string }) {
  const { language } = usePreferences();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  const exact = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' });
  return (
    <time dateTime={time} title={exact.format(new Date(time))}>
      {ago(new Date(time).getTime(), now, language)}
    </time>
  );
}
