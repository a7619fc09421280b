/** The files of a folder, as the server knows them. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { allPages, answer, api, type Schemas } from '../api/client';
import { ProblemError } from '../api/problem';
import { queryClient } from '../api/queries';
import { refreshUsage } from '../folders/folders';
import { contentUrl, wire } from './paths';

export type FileEntry = Schemas['FileEntry'];

const FILES = 'files';

export function refreshFiles(folder: string): void {
  void queryClient.invalidateQueries({ queryKey: [FILES, folder] });
  refreshUsage(folder);
}

/** What lies in the directory `path` of a folder: directories first, then by name as people count. */
export function useFiles(folder: string, path: string) {
  return useQuery({
    queryKey: [FILES, folder, path],
    queryFn: async ({ signal }) => {
      const files = await allPages((page) =>
        answer(
          api.GET('/api/v1/folders/{folder}/files', {
            params: { path: { folder }, query: { path, ...page } },
            querySerializer: ({ path, ...rest }) => `path=/${wire(path ?? '')}&${listQuery(rest)}`,
            signal,
          }),
        ),
      );
      return files.sort(byKindThenName);
    },
  });
}

function listQuery(query: { limit?: number; after?: string }): string {
  return new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)])).toString();
}

export function byKindThenName(a: FileEntry, b: FileEntry): number {
  const [first, second] = [a.kind === 'directory', b.kind === 'directory'];
  if (first !== second) return first ? -1 : 1;
  return a.name.localeCompare(b.name, undefined, { numeric: true });
}

/** Makes a directory; with `parents` also those above it, and it may be there already. */
export function createDirectory(folder: string, path: string, parents: boolean): Promise<unknown> {
  return answer(
    api.POST('/api/v1/folders/{folder}/directories', {
      params: { path: { folder } },
      body: { path: { encoded: wire(path) }, parents },
    }),
  );
}

export function useCreateDirectory(folder: string) {
  return useMutation({
    mutationFn: ({ path }: { path: string }) => createDirectory(folder, path, false),
    onSettled: () => refreshFiles(folder),
  });
}

/** Moves or renames; nothing is ever replaced. */
export function useMove(folder: string) {
  return useMutation({
    mutationFn: ({ from, to }: { from: string; to: string }) =>
      answer(
        api.POST('/api/v1/folders/{folder}/move', {
          params: { path: { folder } },
          body: { from: { encoded: wire(from) }, to: { encoded: wire(to) } },
        }),
      ),
    onSettled: () => refreshFiles(folder),
  });
}

/** Removes a file, or a directory with everything in it. */
export function useRemove(folder: string) {
  return useMutation({
    mutationFn: async ({ path, recursive }: { path: string; recursive: boolean }) => {
      // Not through the typed client: it would write the slashes of the path as %2F.
      const response = await fetch(`${contentUrl(folder, path)}${recursive ? '?recursive=true' : ''}`, {
        method: 'DELETE',
      }).catch(() => {
        throw ProblemError.unreachable();
      });
      if (!response.ok) throw ProblemError.fromText(response.status, await response.text());
    },
    onSettled: () => refreshFiles(folder),
  });
}
