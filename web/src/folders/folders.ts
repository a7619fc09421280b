/** Folders, as the server knows them. */
import { useMutation, useQueries, useQuery } from '@tanstack/react-query';
import { allPages, answer, api, type Schemas } from '../api/client';
import { atMost } from '../api/limited';
import { queryClient } from '../api/queries';

export type Folder = Schemas['Folder'];
export type FolderUsage = Schemas['FolderUsage'];
export type NewFolder = Schemas['NewFolder'];
export type FolderChanges = Schemas['FolderChanges'];

const FOLDERS = ['folders'] as const;
const USAGE = 'folder-usage';
/** Sizes are counted anew when they are older than this. */
const USAGE_STALE_MS = 30_000;
/** Sizes asked for at one time. Counting a large folder takes a while, and a browser has few connections. */
const USAGES_AT_ONCE_MAX = 2;
/** Folders whose sizes are asked for, of a longer list. */
const USAGES_MAX = 500;

const refresh = () => queryClient.invalidateQueries({ queryKey: FOLDERS });
const oneByOne = atMost(USAGES_AT_ONCE_MAX);

/** As people count: `data2` before `data10`. */
export function byName(a: Folder, b: Folder): number {
  return a.name.localeCompare(b.name, undefined, { numeric: true });
}

function listFolders(status: Folder['status'], signal: AbortSignal): Promise<Folder[]> {
  return allPages((page) =>
    answer(api.GET('/api/v1/folders', { params: { query: { status, ...page } }, signal })),
  );
}

/** Every folder this person may see that is not in the trash, by name. */
export function useFolders() {
  return useQuery({
    queryKey: [...FOLDERS, 'list', 'ready'],
    queryFn: async ({ signal }) => (await listFolders('ready', signal)).sort(byName),
  });
}

/** What is in the trash, what was thrown away last first. */
export function useTrash() {
  return useQuery({
    queryKey: [...FOLDERS, 'list', 'trash'],
    queryFn: async ({ signal }) => (await listFolders('delete-pending', signal)).sort(byTrashedLast),
  });
}

function byTrashedLast(a: Folder, b: Folder): number {
  return Date.parse(b.trashed_at ?? '') - Date.parse(a.trashed_at ?? '');
}

export function useFolder(folder: string) {
  return useQuery({
    queryKey: [...FOLDERS, 'one', folder],
    queryFn: () => answer(api.GET('/api/v1/folders/{folder}', { params: { path: { folder } } })),
  });
}

function usageOf(folder: string) {
  return {
    queryKey: [USAGE, folder],
    staleTime: USAGE_STALE_MS,
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      oneByOne(() =>
        answer(api.GET('/api/v1/folders/{folder}/usage', { params: { path: { folder } }, signal })),
      ),
  };
}

/** What the files of a folder take. */
export function useFolderUsage(folder: string) {
  return useQuery(usageOf(folder));
}

/** The same of many, by id; those that are not known yet are missing. */
export function useFolderUsages(folders: readonly Folder[]): ReadonlyMap<string, FolderUsage> {
  return useQueries({
    queries: folders.slice(0, USAGES_MAX).map(({ id }) => usageOf(id)),
    combine: (results) =>
      new Map(
        results.flatMap(({ data }, index) => {
          const id = folders[index]?.id;
          return data === undefined || id === undefined ? [] : [[id, data] as const];
        }),
      ),
  });
}

/** The files of a folder have changed: its size is another. */
export function refreshUsage(folder: string): void {
  void queryClient.invalidateQueries({ queryKey: [USAGE, folder] });
}

export function useCreateFolder() {
  return useMutation({
    mutationFn: (body: NewFolder) => answer(api.POST('/api/v1/folders', { body })),
    onSettled: refresh,
  });
}

export function useChangeFolder() {
  return useMutation({
    mutationFn: ({ folder, changes }: { folder: string; changes: FolderChanges }) =>
      answer(api.PATCH('/api/v1/folders/{folder}', { params: { path: { folder } }, body: changes })),
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

/** Deletes a folder for good. */
export function usePurgeFolder() {
  return useMutation({
    mutationFn: (folder: string) =>
      answer(
        api.DELETE('/api/v1/folders/{folder}', { params: { path: { folder }, query: { purge: true } } }),
      ),
    onSettled: refresh,
  });
}
