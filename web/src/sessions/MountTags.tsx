/** The folders of a session, each a way to its files. */
import { Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { to } from '../app/routes';
import type { Session } from './sessions';

export function MountTags({ session }: { session: Session }) {
  const { t } = useTranslation();
  if (session.mounts.length === 0) return <span className="quiet">{t('sessions.noMounts')}</span>;
  return (
    <ul className="tags">
      {session.mounts.map(({ folder, folder_id, path, permission }) => (
        <li key={path}>
          <Link to={to.folder(folder_id)} title={t('sessions.mountTitle', { folder, path })}>
            <Tag>
              {folder}
              {permission === 'ro' && <span className="quiet"> · {t('sessions.readOnly')}</span>}
            </Tag>
          </Link>
        </li>
      ))}
    </ul>
  );
}
