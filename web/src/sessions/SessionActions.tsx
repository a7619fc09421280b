import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { to } from '../app/routes';
import { TerminalIcon, EndIcon } from '../ui/icons';
import { isLive, type Session } from './sessions';
import { useEndQuestion } from './useEndQuestion';

/** What can be done with a session: its terminal (a page of its own) and its end. */
export function SessionActions({ session }: { session: Session }) {
  const { t } = useTranslation();
  const askToEnd = useEndQuestion();
  if (!isLive(session)) return null;
  return (
    <div className="row-actions">
      <Button
        icon={<TerminalIcon />}
        href={to.terminal(session.id)}
        target="_blank"
        disabled={session.status !== 'RUNNING'}
      >
        {t('sessions.terminal')}
      </Button>
      <Button
        type="text"
        danger
        icon={<EndIcon />}
        disabled={session.status === 'TERMINATING'}
        onClick={() => askToEnd(session)}
      >
        {t('sessions.end')}
      </Button>
    </div>
  );
}
