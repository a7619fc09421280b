import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { RouterProvider } from 'react-router/dom';
import { Providers } from './app/Providers';
import { signStyles } from './app/nonce';
import { currentPreferences } from './app/preferences';
import { router } from './app/routes';
import './app/style.css';
import { startI18n } from './i18n';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');

signStyles();
await startI18n(currentPreferences().language);
createRoot(root).render(
  <StrictMode>
    <Providers>
      {/* At once: the windows of the UI kit count themselves while they are drawn, and a drawing that is begun and
          thrown away, as transitions do, leaves one that takes every Escape from then on. */}
      <RouterProvider router={router} useTransitions={false} />
    </Providers>
  </StrictMode>,
);
