/** What lies over a page (app/overlay.ts). Its parts are loaded when they are first needed. */
import { lazy, Suspense, useState } from 'react';
import { useNavigate } from 'react-router';
import { useOverlay, useOverlayLink, type Overlay } from './overlay';

const SessionDrawer = lazy(async () => ({
  default: (await import('../sessions/SessionDrawer')).SessionDrawer,
}));
const ExplorerDrawer = lazy(async () => ({
  default: (await import('../files/ExplorerDrawer')).ExplorerDrawer,
}));

export function Overlays() {
  const overlay = useOverlay();
  const link = useOverlayLink();
  const navigate = useNavigate();
  // What was shown last stays drawn while it slides away.
  const session = useLast(overlay.session);
  const explorer = useLast<Overlay>(overlay.folder === undefined ? undefined : overlay);
  const close = () => void navigate(link({}));

  return (
    <Suspense>
      {session !== undefined && (
        <SessionDrawer session={session} open={overlay.session !== undefined} onClose={close} />
      )}
      {explorer?.folder !== undefined && (
        <ExplorerDrawer
          folder={explorer.folder}
          path={explorer.path ?? ''}
          file={explorer.file}
          open={overlay.folder !== undefined}
          onClose={close}
        />
      )}
    </Suspense>
  );
}

/** The last value that was not undefined. */
function useLast<T>(value: T | undefined): T | undefined {
  const [last, setLast] = useState(value);
  if (value !== undefined && !same(value, last)) setLast(value);
  return value ?? last;
}

function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
