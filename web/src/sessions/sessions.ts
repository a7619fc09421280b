/** Sessions, as the server knows them. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { allPages, answer, api, type Schemas } from '../api/client';
import { queryClient } from '../api/queries';

export type Session = Schemas['Session'];
/** What the page says about a new session; what it leaves out gets the server's defaults. */
export type NewSession = Partial<Omit<Schemas['NewSession'], 'resources'>> & {
  resources?: Partial<Schemas['NewResources']>;
};
export type Environment = Schemas['Environment'];

const SESSIONS = ['sessions'] as const;
const refresh = () => queryClient.invalidateQueries({ queryKey: SESSIONS });

/** How often the list is asked for again, at rest and while a session is on its way. */
const REFRESH_MS = 5_000;
const REFRESH_CHANGING_MS = 1_000;
/** How often one session that is looked at is asked for again. */
const REFRESH_ONE_MS = 2_000;

/** It has, or will get, a computer. */
export function isLive({ status }: Session): boolean {
  return status !== 'TERMINATED' && status !== 'ERROR';
}

function isChanging({ status }: Session): boolean {
  return status === 'PENDING' || status === 'PREPARING' || status === 'TERMINATING';
}

export function useSessions() {
  return useQuery({
    queryKey: SESSIONS,
    queryFn: ({ signal }) =>
      allPages((query) => answer(api.GET('/api/v1/sessions', { params: { query }, signal }))),
    refetchInterval: ({ state }) => (state.data?.some(isChanging) ? REFRESH_CHANGING_MS : REFRESH_MS),
  });
}

export function fetchSession(session: string): Promise<Session> {
  return answer(api.GET('/api/v1/sessions/{session}', { params: { path: { session } } }));
}

/** One session; followed while it is live. */
export function useSession(session: string) {
  return useQuery({
    queryKey: [...SESSIONS, session],
    queryFn: () => fetchSession(session),
    refetchInterval: ({ state }) => (state.data && isLive(state.data) ? REFRESH_ONE_MS : false),
  });
}

/** What the startup command of a session printed. */
export function useSessionLog({ id, startup_command, status }: Session) {
  return useQuery({
    queryKey: [...SESSIONS, id, 'log', status],
    enabled: startup_command != null,
    queryFn: () =>
      answer(
        api.GET('/api/v1/sessions/{session}/logs', {
          params: { path: { session: id } },
          parseAs: 'text',
        }),
      ),
    refetchInterval: status === 'RUNNING' ? REFRESH_ONE_MS : false,
  });
}

export function useEnvironments() {
  return useQuery({
    queryKey: ['environments'],
    queryFn: async () => (await answer(api.GET('/api/v1/environments'))).items,
    staleTime: 60_000,
  });
}

export function useStartSession() {
  return useMutation({
    mutationFn: (body: NewSession) =>
      answer(api.POST('/api/v1/sessions', { body: body as Schemas['NewSession'] })),
    onSettled: refresh,
  });
}

export function useRenameSession() {
  return useMutation({
    mutationFn: ({ session, name }: { session: string; name: string }) =>
      answer(api.PATCH('/api/v1/sessions/{session}', { params: { path: { session } }, body: { name } })),
    onSettled: refresh,
  });
}

export function useEndSession() {
  return useMutation({
    mutationFn: (session: string) =>
      answer(api.DELETE('/api/v1/sessions/{session}', { params: { path: { session } } })),
    onSettled: refresh,
  });
}

/** Ends the shell of one terminal. */
export function useCloseTerminal(session: string) {
  return useMutation({
    mutationFn: (name: string) =>
      answer(
        api.DELETE('/api/v1/sessions/{session}/terminals/{name}', { params: { path: { session, name } } }),
      ),
    onSettled: refresh,
  });
}
