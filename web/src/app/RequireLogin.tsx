/** Lets only people in who are logged in; the others come back to where they were once they have. */
import { Navigate, Outlet, useLocation } from 'react-router';
import { useMe } from '../account/account';
import { ProblemAlert } from '../ui/ProblemAlert';
import { to } from './routes';

export function RequireLogin() {
  const location = useLocation();
  const { data: me, error, refetch } = useMe();
  if (me === null) return <Navigate to={to.login(location.pathname + location.search)} replace />;
  if (me !== undefined) return <Outlet />;
  if (error === null) return null; // One short question; a flash of "loading" would only be in the way.
  return (
    <main className="lonely">
      <ProblemAlert error={error} onRetry={() => void refetch()} />
    </main>
  );
}
