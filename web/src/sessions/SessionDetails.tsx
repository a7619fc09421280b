/** What there is to know about a session. */
import { Tag } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useOverlayLink } from '../app/overlay';
import { usePreferences } from '../app/preferences';
import { to } from '../app/routes';
import { Ago } from '../ui/Ago';
import { CopyButton } from '../ui/CopyButton';
import { Meter } from '../ui/Meter';
import { ProblemAlert } from '../ui/ProblemAlert';
import { bytes, duration } from '../ui/units';
import { useSessionLog, type Session } from './sessions';
import { statusWords } from './statusWords';

export function SessionDetails({ session }: { session: Session }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { id, type, status_info, startup_command } = session;
  const seconds = (count: number) => duration(count, language);
  return (
    <>
      <dl className="facts">
        {status_info && <Fact name={t('sessions.statusInfo')}>{statusWords(status_info, t)}</Fact>}
        <Fact name={t('sessions.type')}>
          {type === 'batch' ? t('sessions.typeName.batch') : t('sessions.typeName.interactive')}
        </Fact>
        <Fact name={t('sessions.environment')}>{session.environment}</Fact>
        <Fact name={t('sessions.started')}>
          <Ago time={session.started_at ?? session.created_at} />
        </Fact>
        {session.terminated_at && (
          <Fact name={t('sessions.ended')}>
            <Ago time={session.terminated_at} />
          </Fact>
        )}
        {session.idle_timeout_seconds != null && (
          <Fact name={t('sessions.idleTimeout')}>{seconds(session.idle_timeout_seconds)}</Fact>
        )}
        {session.lifetime_seconds != null && (
          <Fact name={t('sessions.lifetime')}>{seconds(session.lifetime_seconds)}</Fact>
        )}
        <Fact name={t('sessions.id')}>
          <code>{id}</code> <CopyButton text={id} label={t('sessions.copyId')} />
        </Fact>
      </dl>
      <Mounts session={session} />
      <Resources session={session} />
      {startup_command != null && <Startup session={session} command={startup_command} />}
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Mounts({ session: { mounts } }: { session: Session }) {
  const { t } = useTranslation();
  const link = useOverlayLink();
  return (
    <section className="detail">
      <h3>{t('sessions.mounts')}</h3>
      {mounts.length === 0 && <p className="quiet">{t('sessions.endKeepsNothing')}</p>}
      <ul className="lines">
        {mounts.map(({ folder, folder_id, path, permission, subpath, automount }) => (
          <li key={path}>
            <span className="name">
              <Link to={link({ folder: folder_id, ...(subpath && { path: subpath }) })}>
                {folder}
                {subpath && `/${subpath}`}
              </Link>
            </span>
            <code>{path}</code>
            <span>
              {permission === 'ro' && <Tag>{t('sessions.readOnly')}</Tag>}
              {automount && <Tag>{t('folders.automount')}</Tag>}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Resources({ session }: { session: Session }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { id, resources, in_use: inUse } = session;
  const { memory_bytes, scratch_bytes, processes_max } = resources;
  const size = (count: number) => bytes(count, language);
  const count = (number: number) => number.toLocaleString(language);
  return (
    <section className="detail">
      <h3>{inUse ? t('sessions.inUse') : t('sessions.limits')}</h3>
      <dl className="facts">
        {memory_bytes != null && (
          <Fact name={t('start.memory')}>
            <Meter used={inUse?.memory_bytes} of={memory_bytes} shown={size} label={t('start.memory')} />
          </Fact>
        )}
        {scratch_bytes != null && (
          <Fact name={t('start.scratch')}>
            <Meter used={inUse?.scratch_bytes} of={scratch_bytes} shown={size} label={t('start.scratch')} />
          </Fact>
        )}
        {processes_max != null && (
          <Fact name={t('start.processes')}>
            <Meter used={inUse?.processes} of={processes_max} shown={count} label={t('start.processes')} />
          </Fact>
        )}
        {inUse && inUse.terminals.length > 0 && (
          <Fact name={t('sessions.terminals')}>
            <ul className="tags">
              {inUse.terminals.map((name) => (
                <li key={name}>
                  <a href={to.terminal(id, name)} target="_blank" rel="noreferrer">
                    <Tag>{name}</Tag>
                  </a>
                </li>
              ))}
            </ul>
          </Fact>
        )}
      </dl>
    </section>
  );
}

function Startup({ session, command }: { session: Session; command: string }) {
  const { t } = useTranslation();
  const { data: log, error, refetch } = useSessionLog(session);
  return (
    <section className="detail">
      <h3>{t('start.command')}</h3>
      <pre className="code">{command}</pre>
      <h3>{t('sessions.log')}</h3>
      {error && <ProblemAlert error={error} onRetry={() => void refetch()} />}
      {log !== undefined &&
        (log === '' ? (
          <p className="quiet">{t('sessions.logEmpty')}</p>
        ) : (
          // Can be scrolled, so it can be reached by keyboard.
          <pre className="code log" tabIndex={0} aria-label={t('sessions.log')}>
            {log}
          </pre>
        ))}
    </section>
  );
}
