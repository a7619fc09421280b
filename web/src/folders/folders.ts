/** Folders, as the server knows them. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { allPages, answer, api, type Schemas } from '../api/client';
import { queryClient } from '../api/queries';

export type Folder = Schemas['Folder'];

const FOLDERS = ['folders'] as const;
const refresh = () => queryClient.invalidateQueries({ queryKey: FOLDERS });

/** As people count: `data2` before `data10`. */
export function byName(a: Folder, b: Folder): number {
  return a.name.localeCompare(b.name, undefined, { numeric: true });
}

/** Every folder this person may see that is not in the trash, by name. */
export function useFolders() {
  return useQuery({
    queryKey: FOLDERS,
    queryFn: async ({ signal }) => {
      const folders = await allPages((query) =>
        answer(api.GET('/api/v1/folders', { params: { query }, signal })),
      );
      return folders.filter((folder) => folder.status === 'ready').sort(byName);
    },
  });
}

export function useFolder(folder: string) {
  return useQuery({
    queryKey: [...FOLDERS, folder],
    queryFn: () => answer(api.GET('/api/v1/folders/{folder}', { params: { path: { folder } } })),
  });
}

export function useCreateFolder() {
  return useMutation({
    mutationFn: (name: string) => answer(api.POST('/api/v1/folders', { body: { name } })),
    onSettled: refresh,
  });
}

/** Moves a folder to the trash. */
export function useDeleteFolder() {
  return useMutation({
    mutationFn: (folder: string) =>
      answer(api.DELETE('/api/v1/folders/{folder}', { params: { path: { folder } } })),
    onSettled: refresh,
  });
}

/** Takes a folder out of the trash again. */
export function useRestoreFolder() {
  return useMutation({
    mutationFn: (folder: string) =>
      answer(api.POST('/api/v1/folders/{folder}/restore', { params: { path: { folder } } })),
    onSettled: refresh,
  });
}
