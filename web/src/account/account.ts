/** Who is logged in. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '../api/client';
import { ProblemError } from '../api/problem';
import { ME, queryClient } from '../api/queries';

export type Me = Schemas['Me'];

/** The person logged in; `null` when nobody is. */
export function useMe() {
  return useQuery<Me | null>({
    queryKey: ME,
    queryFn: async () => {
      try {
        return await answer(api.GET('/api/v1/me'));
      } catch (error) {
        if (error instanceof ProblemError && error.status === 401) return null;
        throw error;
      }
    },
    staleTime: 60_000,
  });
}

export function useLogin() {
  return useMutation({
    mutationFn: async (body: Schemas['Login']) => {
      await answer(api.POST('/api/v1/login', { body }));
      return answer(api.GET('/api/v1/me'));
    },
    onSuccess: (me) => queryClient.setQueryData(ME, me),
  });
}

export function useLogout() {
  return useMutation({
    mutationFn: () => answer(api.POST('/api/v1/logout')),
    onSuccess: () => {
      queryClient.setQueryData(ME, null);
      // All but that: who watches it would be left watching something that is gone.
      queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== ME[0] });
    },
  });
}
