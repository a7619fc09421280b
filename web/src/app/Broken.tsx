/** Pages for addresses where nothing is, and for pages that fail. */
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '../ui/EmptyState';
import { LinkButton } from '../ui/LinkButton';
import { LostIcon, RetryIcon } from '../ui/icons';
import { usePageTitle } from '../ui/usePageTitle';
import { to } from './routes';

export function NotFound() {
  const { t } = useTranslation();
  usePageTitle(t('problem.notFoundTitle'));
  return (
    <EmptyState
      icon={<LostIcon />}
      title={t('problem.notFoundTitle')}
      action={<LinkButton to={to.sessions}>{t('problem.home')}</LinkButton>}
    >
      {t('problem.notFound')}
    </EmptyState>
  );
}

/** Most often a part of the program that a newer version of the server no longer has. */
export function Broken() {
  const { t } = useTranslation();
  return (
    <EmptyState
      icon={<RetryIcon />}
      title={t('problem.brokenTitle')}
      action={
        <Button type="primary" onClick={() => window.location.reload()}>
          {t('problem.reload')}
        </Button>
      }
    >
      {t('problem.broken')}
    </EmptyState>
  );
}
