import { Segmented } from 'antd';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { to } from '../app/routes';
import { EmptyState } from '../ui/EmptyState';
import { FilterField } from '../ui/FilterField';
import { LinkButton } from '../ui/LinkButton';
import { PageHeader } from '../ui/PageHeader';
import { ProblemAlert } from '../ui/ProblemAlert';
import { SessionIcon, CreateIcon, SearchIcon } from '../ui/icons';
import { matches } from '../ui/matches';
import { usePageTitle } from '../ui/usePageTitle';
import { useQueryText } from '../ui/useQueryText';
import { isLive, useSessions } from './sessions';
import { SessionTable } from './SessionTable';

export function SessionsPage() {
  const { t } = useTranslation();
  const [parameters, setParameters] = useSearchParams();
  const [typed, setTyped] = useQueryText('find');
  const { data: sessions, error, refetch } = useSessions();
  usePageTitle(t('sessions.title'));

  const over = parameters.get('show') === 'ended';
  const [live, ended] = [sessions?.filter(isLive), sessions?.filter((one) => !isLive(one))];
  const all = over ? ended : live;
  const shown = all?.filter(({ name, environment, mounts }) =>
    matches(typed, [name, environment, ...mounts.map(({ folder }) => folder)]),
  );
  const count = (label: string, of: unknown[] | undefined) =>
    of === undefined || of.length === 0 ? label : `${label} ${of.length}`;

  return (
    <>
      <PageHeader
        title={t('sessions.title')}
        what={t('sessions.what')}
        actions={
          <LinkButton type="primary" icon={<CreateIcon />} to={to.start()}>
            {t('sessions.start')}
          </LinkButton>
        }
      />
      <div className="toolbar">
        <Segmented
          value={over ? 'ended' : 'live'}
          options={[
            { value: 'live', label: count(t('sessions.live'), live) },
            { value: 'ended', label: count(t('sessions.over'), ended) },
          ]}
          onChange={(value) => {
            const changed = new URLSearchParams(parameters);
            if (value === 'ended') changed.set('show', 'ended');
            else changed.delete('show');
            setParameters(changed);
          }}
        />
        <FilterField label={t('sessions.find')} value={typed} onChange={setTyped} />
      </div>
      {error && <ProblemAlert error={error} onRetry={() => void refetch()} />}
      {shown?.length === 0 ? (
        all?.length === 0 ? (
          <NoSessions over={over} />
        ) : (
          <EmptyState icon={<SearchIcon />} title={t('app.noMatch', { text: typed.trim() })} />
        )
      ) : (
        (shown || !error) && <SessionTable sessions={shown} over={over} />
      )}
    </>
  );
}

function NoSessions({ over }: { over: boolean }) {
  const { t } = useTranslation();
  if (over) {
    return (
      <EmptyState icon={<SessionIcon />} title={t('sessions.emptyOverTitle')}>
        {t('sessions.emptyOver')}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={<SessionIcon />}
      title={t('sessions.emptyTitle')}
      action={
        <LinkButton type="primary" to={to.start()}>
          {t('sessions.startFirst')}
        </LinkButton>
      }
    >
      {t('sessions.empty')}
    </EmptyState>
  );
}
