import { Segmented } from 'antd';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { to } from '../app/routes';
import { Ago } from '../ui/Ago';
import { DataTable, type Column } from '../ui/DataTable';
import { EmptyState } from '../ui/EmptyState';
import { LinkButton } from '../ui/LinkButton';
import { PageHeader } from '../ui/PageHeader';
import { ProblemAlert } from '../ui/ProblemAlert';
import { SessionIcon, CreateIcon } from '../ui/icons';
import { usePageTitle } from '../ui/usePageTitle';
import { MountTags } from './MountTags';
import { SessionActions } from './SessionActions';
import { isLive, useSessions, type Session } from './sessions';
import { StatusTag } from './StatusTag';

export function SessionsPage() {
  const { t } = useTranslation();
  const [parameters, setParameters] = useSearchParams();
  const { data: sessions, error, refetch } = useSessions();
  usePageTitle(t('sessions.title'));

  const over = parameters.get('show') === 'ended';
  const shown = sessions?.filter((session) => isLive(session) !== over);
  return (
    <>
      <PageHeader
        title={t('sessions.title')}
        actions={
          <LinkButton type="primary" icon={<CreateIcon />} to={to.start()}>
            {t('sessions.start')}
          </LinkButton>
        }
      />
      <Segmented
        className="below"
        value={over ? 'ended' : 'live'}
        options={[
          { value: 'live', label: t('sessions.live') },
          { value: 'ended', label: t('sessions.over') },
        ]}
        onChange={(value) => setParameters(value === 'ended' ? { show: 'ended' } : {})}
      />
      {error && <ProblemAlert error={error} onRetry={() => void refetch()} />}
      {shown?.length === 0 ? (
        over ? (
          <EmptyState icon={<SessionIcon />} title={t('sessions.emptyOver')} />
        ) : (
          <EmptyState icon={<SessionIcon />} title={t('sessions.emptyTitle')}>
            {t('sessions.empty')}
          </EmptyState>
        )
      ) : (
        (shown || !error) && <Sessions sessions={shown} over={over} />
      )}
    </>
  );
}

/** `sessions` is undefined while they are being loaded. */
function Sessions({ sessions, over }: { sessions: Session[] | undefined; over: boolean }) {
  const { t } = useTranslation();
  const columns: Column<Session>[] = [
    {
      key: 'name',
      title: t('sessions.name'),
      heading: true,
      compare: (a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }),
      render: (session) => <SessionName session={session} />,
    },
    { key: 'status', title: t('sessions.status'), render: (session) => <StatusTag session={session} /> },
    { key: 'environment', title: t('sessions.environment'), render: ({ environment }) => environment },
    { key: 'mounts', title: t('sessions.mounts'), render: (session) => <MountTags session={session} /> },
    {
      key: 'started',
      title: t('sessions.started'),
      compare: (a, b) => Date.parse(a.created_at) - Date.parse(b.created_at),
      render: ({ created_at }) => <Ago time={created_at} />,
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
      card={(session) => <SessionCard session={session} />}
    />
  );
}

function SessionCard({ session }: { session: Session }) {
  return (
    <>
      <div className="card-line">
        <SessionName session={session} />
        <StatusTag session={session} />
      </div>
      <div className="quiet">
        {session.environment} · <Ago time={session.created_at} />
      </div>
      <MountTags session={session} />
      <SessionActions session={session} />
    </>
  );
}

function SessionName({ session }: { session: Session }) {
  return (
    <div className="name">
      <strong>{session.name}</strong>
      {session.status_info && <div className="quiet">{session.status_info}</div>}
    </div>
  );
}
