/** Sessions as rows: what each is, and what can be done with it. */
import { Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useOverlayLink } from '../app/overlay';
import { Ago } from '../ui/Ago';
import { DataTable, type Column } from '../ui/DataTable';
import { MountTags } from './MountTags';
import { SessionActions } from './SessionActions';
import type { Session } from './sessions';
import { StatusTag } from './StatusTag';
import { statusWords } from './statusWords';

interface SessionTableProps {
  /** Undefined while they are being loaded. */
  sessions: Session[] | undefined;
  /** They are over: nothing can be done with them. */
  over: boolean;
}

export function SessionTable({ sessions, over }: SessionTableProps) {
  const { t } = useTranslation();
  const time = (session: Session) => (over && session.terminated_at) || session.created_at;
  const columns: Column<Session>[] = [
    {
      key: 'name',
      title: t('sessions.name'),
      heading: true,
      compare: (a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }),
      render: (session) => <SessionName session={session} />,
    },
    {
      key: 'status',
      title: t('sessions.status'),
      compare: (a, b) => a.status.localeCompare(b.status),
      render: (session) => <StatusTag session={session} />,
    },
    {
      key: 'environment',
      title: t('sessions.environment'),
      compare: (a, b) => a.environment.localeCompare(b.environment),
      render: ({ environment }) => environment,
    },
    { key: 'mounts', title: t('sessions.mounts'), render: (session) => <MountTags session={session} /> },
    {
      key: 'age',
      title: over ? t('sessions.ended') : t('sessions.started'),
      compare: (a, b) => Date.parse(time(a)) - Date.parse(time(b)),
      render: (session) => <Ago time={time(session)} />,
    },
  ];
  if (!over) {
    columns.push({
      key: 'actions',
      title: t('app.actions'),
      actions: true,
      render: (session) => <SessionActions session={session} />,
    });
  }
  return (
    <DataTable
      label={t('sessions.title')}
      columns={columns}
      rows={sessions}
      rowKey={({ id }) => id}
      card={(session) => (
        <>
          <div className="card-line">
            <SessionName session={session} />
            <StatusTag session={session} />
          </div>
          <div className="quiet">
            {session.environment} · <Ago time={time(session)} />
          </div>
          <MountTags session={session} />
          <SessionActions session={session} />
        </>
      )}
    />
  );
}

function SessionName({ session }: { session: Session }) {
  const { t } = useTranslation();
  const link = useOverlayLink();
  return (
    <div className="name">
      <Link className="strong" to={link({ session: session.id })}>
        {session.name}
      </Link>{' '}
      {session.type === 'batch' && <Tag>{t('sessions.typeName.batch')}</Tag>}
      {session.status_info && <div className="quiet small">{statusWords(session.status_info, t)}</div>}
    </div>
  );
}
