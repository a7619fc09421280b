/** Every address of the product. Each page is loaded when it is first needed. */
import { createBrowserRouter, Navigate } from 'react-router';
import { Broken, NotFound } from './Broken';
import { RequireLogin } from './RequireLogin';
import { Shell } from './Shell';

/** Addresses, so that nobody spells them by hand. */
export const to = {
  login: (next: string) => `/login?next=${encodeURIComponent(next)}`,
  sessions: '/sessions',
  start: (folder?: string) =>
    folder === undefined ? '/sessions/start' : `/sessions/start?folder=${encodeURIComponent(folder)}`,
  terminal: (session: string) => `/sessions/${encodeURIComponent(session)}/terminal?name=main`,
  data: '/data',
  folder: (folder: string, path = '') =>
    `/data/${encodeURIComponent(folder)}${path === '' ? '' : `?path=${encodeURIComponent(path)}`}`,
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
                    lazy: async () => ({ Component: (await import('../sessions/StartPage')).StartPage }),
                  },
                  {
                    path: '/data',
                    lazy: async () => ({ Component: (await import('../folders/FoldersPage')).FoldersPage }),
                  },
                  {
                    path: '/data/:folder',
                    lazy: async () => ({ Component: (await import('../files/FolderPage')).FolderPage }),
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
