/** The folders of a session, each a way to its files. */
import { Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useOverlayLink } from '../app/overlay';
import type { Session } from './sessions';

/** Folders shown in a row of the list; the details show all. */
const SHOWN_MAX = 4;

export function MountTags({ session }: { session: Session }) {
  const { t } = useTranslation();
  const link = useOverlayLink();
  const { mounts } = session;
  if (mounts.length === 0) return <span className="quiet">{t('sessions.noMounts')}</span>;
  return (
    <ul className="tags">
      {mounts.slice(0, SHOWN_MAX).map(({ folder, folder_id, path, permission }) => (
        <li key={path}>
          <Link to={link({ folder: folder_id })} title={t('sessions.mountTitle', { folder, path })}>
            <Tag>
              {folder}
              {permission === 'ro' && <span className="quiet"> · {t('sessions.readOnly')}</span>}
            </Tag>
          </Link>
        </li>
      ))}
      {mounts.length > SHOWN_MAX && (
        <li>
          <Link to={link({ session: session.id })}>
            {t('sessions.moreMounts', { count: mounts.length - SHOWN_MAX })}
          </Link>
        </li>
      )}
    </ul>
  );
}
