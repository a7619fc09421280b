/** What a person wants in every session of theirs. */
import { useTranslation } from 'react-i18next';
import { PageHeader } from '../ui/PageHeader';
import { usePageTitle } from '../ui/usePageTitle';
import { BootstrapScript } from './BootstrapScript';
import { Dotfiles } from './Dotfiles';

export function SettingsPage() {
  const { t } = useTranslation();
  usePageTitle(t('settings.title'));
  return (
    <>
      <PageHeader title={t('settings.title')} what={t('settings.what')} />
      <Dotfiles />
      <BootstrapScript />
    </>
  );
}
