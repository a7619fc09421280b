/** Ending a session is asked about first: what is outside its folders is lost. */
import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences';
import { useTell } from '../ui/useTell';
import { useEndSession, type Session } from './sessions';

export function useEndQuestion(): (session: Session) => void {
  const { t } = useTranslation();
  const { modal, notification } = App.useApp();
  const { language } = usePreferences();
  const end = useEndSession();
  const tell = useTell();

  return (session) => {
    const { id, name } = session;
    const kept = [...new Set(session.mounts.map(({ folder }) => folder))];
    const folders = new Intl.ListFormat(language).format(kept);
    modal.confirm({
      title: t('sessions.endTitle', { name }),
      content: (
        <>
          <p>{t('sessions.endWhat')}</p>
          <p>
            {kept.length === 0
              ? t('sessions.endKeepsNothing')
              : t('sessions.endKeeps', { count: kept.length, folders })}
          </p>
        </>
      ),
      okText: t('sessions.end'),
      okButtonProps: { danger: true },
      cancelText: t('app.cancel'),
      onOk: () =>
        end.mutateAsync(id).then(() => {
          notification.destroy(id); // that it is ready (useReadyNotice)
          tell.done(t('sessions.endedSaid', { name }));
        }, tell.failed),
    });
  };
}
