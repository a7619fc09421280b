/** Tells that a session is ready, with what one most likely wants next. */
import { App, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { to } from '../app/routes';
import type { Session } from './sessions';
import { useEndQuestion } from './useEndQuestion';

const SHOWN_SECONDS = 15;

export function useReadyNotice(): (session: Session) => void {
  const { t } = useTranslation();
  const { notification } = App.useApp();
  const askToEnd = useEndQuestion();
  return (session) => {
    const key = session.id;
    notification.success({
      key,
      title: t('sessions.ready', { name: session.name }),
      description: session.type === 'batch' ? t('sessions.readyBatch') : t('sessions.readyWhat'),
      duration: SHOWN_SECONDS,
      actions: (
        <div className="row-actions">
          <Button type="primary" size="small" href={to.terminal(session.id)} target="_blank">
            {t('sessions.terminal')}
          </Button>
          <Button
            size="small"
            danger
            onClick={() => {
              notification.destroy(key);
              askToEnd(session);
            }}
          >
            {t('sessions.end')}
          </Button>
        </div>
      ),
    });
  };
}
