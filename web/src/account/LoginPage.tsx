import { Button, Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { Navigate, useSearchParams } from 'react-router';
import type { Schemas } from '../api/client';
import mark from '../app/berth.svg';
import { PreferenceSwitches } from '../app/PreferenceSwitches';
import { to } from '../app/routes';
import { ProblemAlert } from '../ui/ProblemAlert';
import { usePageTitle } from '../ui/usePageTitle';
import { useLogin, useMe } from './account';

export function LoginPage() {
  const { t } = useTranslation();
  const [parameters] = useSearchParams();
  const { data: me } = useMe();
  const login = useLogin();
  usePageTitle(t('login.title'));

  if (me) return <Navigate to={ownAddress(parameters.get('next'))} replace />;
  return (
    <div className="login">
      <div className="login-preferences">
        <PreferenceSwitches />
      </div>
      <main className="card login-card">
        <div className="login-brand">
          <img src={mark} alt="" width={44} height={44} />
          <h1>Berth</h1>
          <p>{t('app.tagline')}</p>
        </div>
        <Form<Schemas['Login']>
          layout="vertical"
          requiredMark={false}
          onFinish={(body) => login.mutate(body)}
          disabled={login.isPending}
        >
          <Form.Item
            name="email"
            label={t('login.email')}
            rules={[{ required: true, message: t('login.emailMissing') }]}
          >
            <Input size="large" type="email" autoComplete="username" autoFocus />
          </Form.Item>
          <Form.Item
            name="password"
            label={t('login.password')}
            rules={[{ required: true, message: t('login.passwordMissing') }]}
          >
            <Input.Password size="large" autoComplete="current-password" />
          </Form.Item>
          {login.error && (
            <div className="below">
              <ProblemAlert error={login.error} />
            </div>
          )}
          <Button type="primary" size="large" htmlType="submit" block loading={login.isPending}>
            {t('login.submit')}
          </Button>
        </Form>
      </main>
    </div>
  );
}

/** Where to go after the login: a page of ours only, whatever the address bar was made to say. */
function ownAddress(next: string | null): string {
  if (next === null || !next.startsWith('/')) return to.sessions;
  const url = new URL(next, window.location.origin);
  return url.origin === window.location.origin ? url.pathname + url.search : to.sessions;
}
