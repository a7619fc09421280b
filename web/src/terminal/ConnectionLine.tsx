/** What the person has to know about the connection; nothing while all is well. */
import { Button } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { to } from '../app/routes';
import { LinkButton } from '../ui/LinkButton';
import type { ConnectionState } from './socket';

/** A connection that comes about at once needs no words. */
const WORDS_AFTER_MS = 400;

interface ConnectionLineProps {
  state: ConnectionState;
  onRetry: () => void;
  onNewShell: () => void;
}

export function ConnectionLine({ state, onRetry, onNewShell }: ConnectionLineProps) {
  const { t } = useTranslation();
  switch (state.kind) {
    case 'open':
    case 'logged-out':
      return null;
    case 'connecting':
      return <Connecting />;
    case 'waiting':
      return (
        <div className="connection-line lost" role="status">
          {state.reason !== '' && <strong>{state.reason}</strong>}
          {/* A new attempt is a new countdown. */}
          <Countdown key={state.attempt} delay={state.delay} />
          <Button size="small" onClick={onRetry}>
            {t('terminal.retryNow')}
          </Button>
        </div>
      );
    case 'shell-ended':
      return (
        <div className="connection-line" role="status">
          <span>{t('terminal.shellEnded')}</span>
          <Button size="small" type="primary" onClick={onNewShell}>
            {t('terminal.newShell')}
          </Button>
          <LinkButton size="small" to={to.sessions}>
            {t('terminal.back')}
          </LinkButton>
        </div>
      );
    case 'session-gone':
      return (
        <div className="connection-line" role="status">
          <span>{t('terminal.sessionGone')}</span>
          <LinkButton size="small" to={to.data}>
            {t('terminal.openData')}
          </LinkButton>
          <LinkButton size="small" to={to.sessions}>
            {t('terminal.back')}
          </LinkButton>
        </div>
      );
  }
}

function Connecting() {
  const { t } = useTranslation();
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), WORDS_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return late ? (
    <div className="connection-line" role="status">
      {t('terminal.connecting')}
    </div>
  ) : null;
}

function Countdown({ delay }: { delay: number }) {
  const { t } = useTranslation();
  const [left, setLeft] = useState(Math.ceil(delay / 1000));
  useEffect(() => {
    const timer = setInterval(() => setLeft((seconds) => Math.max(seconds - 1, 0)), 1000);
    return () => clearInterval(timer);
  }, []);
  return <span>{t('terminal.lost', { count: left })}</span>;
}
