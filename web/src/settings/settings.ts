/** What a person wants in every session of theirs, as the server knows it. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '../api/client';
import { queryClient } from '../api/queries';

export type Dotfile = Schemas['Dotfile'];

const DOTFILES = ['dotfiles'] as const;
const BOOTSTRAP_SCRIPT = ['bootstrap-script'] as const;

const refresh = () => queryClient.invalidateQueries({ queryKey: DOTFILES });

/** Every dotfile, by path. */
export function useDotfiles() {
  return useQuery({
    queryKey: [...DOTFILES, 'list'],
    queryFn: async ({ signal }) => (await answer(api.GET('/api/v1/user-config/dotfiles', { signal }))).items,
  });
}

/** What is in a dotfile. */
export async function readDotfile(path: string): Promise<string> {
  const params = { path: { path } };
  return (await answer(api.GET('/api/v1/user-config/dotfiles/{path}', { params }))).data;
}

interface DotfileChange {
  path: string;
  data: string;
  /** The file that is changed; `null` for a new one. Its permission bits stay. */
  before: Dotfile | null;
}

/** Writes a dotfile; one that gets another path leaves the old one. */
export function useWriteDotfile() {
  return useMutation({
    mutationFn: async ({ path, data, before }: DotfileChange) => {
      const body = { data, ...(before !== null && { mode: before.mode }) };
      await answer(api.PUT('/api/v1/user-config/dotfiles/{path}', { params: { path: { path } }, body }));
      if (before !== null && before.path !== path) await deleteDotfile(before.path);
    },
    onSettled: refresh,
  });
}

function deleteDotfile(path: string): Promise<unknown> {
  return answer(api.DELETE('/api/v1/user-config/dotfiles/{path}', { params: { path: { path } } }));
}

export function useDeleteDotfile() {
  return useMutation({ mutationFn: deleteDotfile, onSettled: refresh });
}

/** The script that runs once in every new session; empty when there is none. */
export function useBootstrapScript() {
  return useQuery({
    queryKey: BOOTSTRAP_SCRIPT,
    queryFn: async ({ signal }) =>
      (await answer(api.GET('/api/v1/user-config/bootstrap-script', { signal }))).script,
  });
}

export function useWriteBootstrapScript() {
  return useMutation({
    mutationFn: (script: string) =>
      answer(api.PUT('/api/v1/user-config/bootstrap-script', { body: { script } })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: BOOTSTRAP_SCRIPT }),
  });
}
