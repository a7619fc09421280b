/** Everything about one session, over whatever page one is on. */
import { Button, Drawer } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { to } from '../app/routes';
import { Loading } from '../ui/DataTable';
import { NameDialog } from '../ui/NameDialog';
import { ProblemAlert } from '../ui/ProblemAlert';
import { EndIcon, RenameIcon, TerminalIcon } from '../ui/icons';
import { useTell } from '../ui/useTell';
import { NAME_CHARACTERS, sessionNameFault } from './names';
import { SessionDetails } from './SessionDetails';
import { isLive, useRenameSession, useSession, type Session } from './sessions';
import { StatusTag } from './StatusTag';
import { useEndQuestion } from './useEndQuestion';

const WIDTH_PX = 640;

interface SessionDrawerProps {
  /** Its id. */
  session: string;
  open: boolean;
  onClose: () => void;
}

export function SessionDrawer({ session: id, open, onClose }: SessionDrawerProps) {
  const { t } = useTranslation();
  const { data: session, error, refetch } = useSession(id);
  return (
    <Drawer
      open={open}
      size={WIDTH_PX}
      className="drawer"
      title={
        <span className="drawer-title">
          <span className="name">{session?.name ?? t('sessions.one')}</span>
          {session && <StatusTag session={session} />}
        </span>
      }
      extra={session && isLive(session) && <Actions session={session} />}
      onClose={onClose}
    >
      {error && !session && <ProblemAlert error={error} onRetry={() => void refetch()} />}
      {!error && !session && <Loading label={t('app.loading')} />}
      {session && <SessionDetails session={session} />}
    </Drawer>
  );
}

/** The terminal is second from the right, where people of the trade look for it; the end is last. */
function Actions({ session }: { session: Session }) {
  const { t } = useTranslation();
  const askToEnd = useEndQuestion();
  const [renaming, setRenaming] = useState(false);
  return (
    <div className="row-actions">
      <Button
        type="text"
        icon={<RenameIcon />}
        aria-label={t('sessions.rename')}
        title={t('sessions.rename')}
        onClick={() => setRenaming(true)}
      />
      <Button
        icon={<TerminalIcon />}
        href={to.terminal(session.id)}
        target="_blank"
        disabled={session.status !== 'RUNNING'}
      >
        {t('sessions.terminal')}
      </Button>
      <Button
        danger
        icon={<EndIcon />}
        disabled={session.status === 'TERMINATING'}
        onClick={() => askToEnd(session)}
      >
        {t('sessions.end')}
      </Button>
      {renaming && <Rename session={session} onClose={() => setRenaming(false)} />}
    </div>
  );
}

function Rename({ session, onClose }: { session: Session; onClose: () => void }) {
  const { t } = useTranslation();
  const rename = useRenameSession();
  const tell = useTell();
  return (
    <NameDialog
      title={t('sessions.renameTitle', { name: session.name })}
      label={t('sessions.name')}
      okText={t('app.rename')}
      initial={session.name}
      judge={(name) => {
        const fault = sessionNameFault(name.trim());
        return fault === null ? null : t(`start.fault.${fault}`, NAME_CHARACTERS);
      }}
      help={() => t('sessions.renameHelp')}
      onSubmit={async (name) => {
        await rename.mutateAsync({ session: session.id, name: name.trim() });
        tell.done(t('app.renamed', { name: name.trim() }));
      }}
      onClose={onClose}
    />
  );
}
