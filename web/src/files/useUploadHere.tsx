/** Uploads into a directory; what would take the place of something else is asked about first. */
import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences';
import type { Folder } from '../folders/folders';
import { useTell } from '../ui/useTell';
import { FILES_AT_ONCE_MAX, type Chosen } from './drop';
import { createDirectory, refreshFiles, type FileEntry } from './files';
import { contentUrl, join, keep } from './paths';
import { uploads } from './useUploads';

export function useUploadHere(folder: Folder, path: string, files: FileEntry[] | undefined) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { modal } = App.useApp();
  const tell = useTell();

  return (taken: Chosen) => {
    const { files: chosen, emptyDirectories, tooMany } = composed(taken);
    const here = new Set(files?.map(({ name }) => name));
    const tops = new Set([...chosen.map(({ path }) => path), ...emptyDirectories].map(top));
    const replaced = [...tops].filter((name) => here.has(name));
    const inside = (wanted: string) => join(path, keep(wanted));

    const add = () => {
      uploads.add(
        chosen.map(({ path: wanted, file }) => ({
          folder: folder.id,
          folderName: folder.name,
          path: inside(wanted),
          url: contentUrl(folder.id, inside(wanted)),
          body: file,
          replace: here.has(top(wanted)),
        })),
      );
      void makeDirectories();
      if (tooMany) tell.failed(new Error(t('files.tooMany', { max: FILES_AT_ONCE_MAX })));
    };
    const makeDirectories = async () => {
      try {
        for (const wanted of emptyDirectories) await createDirectory(folder.id, inside(wanted), true);
      } catch (error) {
        tell.failed(error);
      }
      if (emptyDirectories.length > 0) refreshFiles(folder.id);
    };

    if (replaced.length === 0) return add();
    const count = replaced.length;
    const names = new Intl.ListFormat(language).format(replaced);
    modal.confirm({
      title: t('files.replaceTitle', { count }),
      content: t('files.replaceWhat', { count, names }),
      okText: t('files.replaceSubmit'),
      cancelText: t('app.cancel'),
      onOk: add,
    });
  };
}

/**
 * Names in Unicode's composed form. A Mac sends Hangul in single letters, which other systems show as such
 * (ㅎㅏㄴㄱㅡㄹ), and under which a file typed elsewhere is not found.
 */
function composed({ files, emptyDirectories, tooMany }: Chosen): Chosen {
  return {
    files: files.map(({ path, file }) => ({ path: path.normalize('NFC'), file })),
    emptyDirectories: emptyDirectories.map((path) => path.normalize('NFC')),
    tooMany,
  };
}

/** The first name of a path. */
function top(path: string): string {
  return path.split('/', 1)[0] ?? path;
}
