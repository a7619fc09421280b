/** The frame around every page but the terminal: where one can go, and one's own preferences. */
import { Button, Dropdown } from 'antd';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, NavLink, Outlet, ScrollRestoration } from 'react-router';
import { useLogout, useMe } from '../account/account';
import { useUploads } from '../files/useUploads';
import { SessionIcon, FolderIcon, LogOutIcon, AccountIcon, SettingsIcon } from '../ui/icons';
import { useTell } from '../ui/useTell';
import { Brand } from './Brand';
import { Overlays } from './Overlays';
import { overlaid } from './overlay';
import { PreferenceSwitches } from './PreferenceSwitches';
import { to } from './routes';

const UploadsPanel = lazy(async () => ({ default: (await import('../files/UploadsPanel')).UploadsPanel }));

export function Shell() {
  const { t } = useTranslation();
  const uploads = useUploads();
  return (
    <>
      <a className="skip" href="#content">
        {t('app.skip')}
      </a>
      <header className="bar">
        <Brand />
        <nav className="pages" aria-label={t('app.nav')}>
          <NavLink to={to.sessions}>
            <SessionIcon />
            <span>{t('app.sessions')}</span>
          </NavLink>
          <NavLink to={to.data}>
            <FolderIcon />
            <span>{t('app.data')}</span>
          </NavLink>
        </nav>
        <div className="bar-end">
          <PreferenceSwitches />
          <AccountMenu />
        </div>
      </header>
      <main id="content" className="content" tabIndex={-1}>
        <Outlet />
      </main>
      <Overlays />
      {uploads.length > 0 && (
        <Suspense>
          <UploadsPanel />
        </Suspense>
      )}
      {/* What lies over a page comes and goes, and the page stays where it is. */}
      <ScrollRestoration getKey={({ pathname, search }) => pathname + overlaid(search, {})} />
    </>
  );
}

function AccountMenu() {
  const { t } = useTranslation();
  const { data: me } = useMe();
  const logout = useLogout();
  const tell = useTell();
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: [
          { key: 'me', disabled: true, label: <span className="account-email">{me?.email}</span> },
          {
            key: 'settings',
            icon: <SettingsIcon />,
            label: <Link to={to.settings}>{t('settings.title')}</Link>,
          },
          { key: 'log-out', icon: <LogOutIcon />, label: t('app.logOut') },
        ],
        onClick: ({ key }) => {
          if (key === 'log-out') logout.mutate(undefined, { onError: tell.failed });
        },
      }}
    >
      <Button type="text" icon={<AccountIcon />} aria-label={t('app.account')} />
    </Dropdown>
  );
}
