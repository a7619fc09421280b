/** Every address of the product. Each page is loaded when it is first needed. */
import { createBrowserRouter, Navigate } from 'react-router';
import { Broken, NotFound } from './Broken';
import { RequireLogin } from './RequireLogin';
import { Shell } from './Shell';

/** Addresses, so that nobody spells them by hand. What lies over a page is in overlay.ts. */
export const to = {
  login: (next: string) => `/login?next=${encodeURIComponent(next)}`,
  sessions: '/sessions',
  start: (mount?: string) =>
    mount === undefined ? '/sessions/start' : `/sessions/start?mount=${encodeURIComponent(mount)}`,
  terminal: (session: string, name = 'main') =>
    `/sessions/${encodeURIComponent(session)}/terminal?name=${encodeURIComponent(name)}`,
  data: '/data',
  settings: '/settings',
};

export const router = createBrowserRouter([
  {
    errorElement: <Broken />,
    HydrateFallback: () => null, // the first page is there before a word about it could be read
    children: [
      { path: '/login', lazy: async () => ({ Component: (await import('../account/LoginPage')).LoginPage }) },
      {
        Component: RequireLogin,
        children: [
          { path: '/', element: <Navigate to={to.sessions} replace /> },
          {
            path: '/sessions/:session/terminal',
            lazy: async () => ({ Component: (await import('../terminal/TerminalPage')).TerminalPage }),
          },
          {
            Component: Shell,
            children: [
              {
                errorElement: <Broken />,
                children: [
                  {
                    path: '/sessions',
                    lazy: async () => ({
                      Component: (await import('../sessions/SessionsPage')).SessionsPage,
                    }),
                  },
                  {
                    path: '/sessions/start',
                    lazy: async () => ({ Component: (await import('../start/StartPage')).StartPage }),
                  },
                  {
                    path: '/data',
                    lazy: async () => ({ Component: (await import('../folders/FoldersPage')).FoldersPage }),
                  },
                  {
                    path: '/settings',
                    lazy: async () => ({
                      Component: (await import('../settings/SettingsPage')).SettingsPage,
                    }),
                  },
                  { path: '*', Component: NotFound },
                ],
              },
            ],
          },
        ],
      },
    ],
  },
]);
