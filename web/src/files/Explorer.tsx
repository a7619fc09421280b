/** The files of one directory of a folder, and what can be done with them. */
import { App, Button } from 'antd';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { to } from '../app/routes';
import { usePreferences } from '../app/preferences';
import type { Folder } from '../folders/folders';
import { EmptyState } from '../ui/EmptyState';
import { ProblemAlert } from '../ui/ProblemAlert';
import { NewDirectoryIcon, EmptyIcon, UploadIcon } from '../ui/icons';
import { CreateDirectory } from './CreateDirectory';
import { FileTable } from './FileTable';
import { useFiles, type FileEntry } from './files';
import { ancestors, contentUrl, join, keep } from './paths';
import { uploads } from './useUploads';

interface ExplorerProps {
  folder: Folder;
  /** The directory shown; empty for the top. */
  path: string;
}

export function Explorer({ folder, path }: ExplorerProps) {
  const { t } = useTranslation();
  const { data: files, error, refetch } = useFiles(folder.id, path);
  const upload = useUpload(folder, path, files);
  const [creating, setCreating] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const writable = folder.permission !== 'ro';

  return (
    <>
      <div className="explorer-head">
        <Breadcrumbs folder={folder} path={path} />
        {writable && (
          <div className="row-actions">
            <Button type="primary" icon={<UploadIcon />} onClick={() => input.current?.click()}>
              {t('files.upload')}
            </Button>
            <Button icon={<NewDirectoryIcon />} onClick={() => setCreating(true)}>
              {t('files.newDirectory')}
            </Button>
            <input
              ref={input}
              type="file"
              multiple
              hidden
              onChange={(event) => {
                upload([...(event.target.files ?? [])]);
                event.target.value = ''; // so that the same file can be chosen again
              }}
            />
          </div>
        )}
      </div>
      {error && <ProblemAlert error={error} onRetry={() => void refetch()} />}
      {files?.length === 0 ? (
        <EmptyState icon={<EmptyIcon />} title={t('files.emptyTitle')}>
          {t('files.empty')}
        </EmptyState>
      ) : (
        (files || !error) && <FileTable folder={folder} path={path} files={files} />
      )}
      {creating && (
        <CreateDirectory
          folder={folder.id}
          path={path}
          taken={new Set(files?.map(({ name }) => name))}
          onClose={() => setCreating(false)}
        />
      )}
    </>
  );
}

function Breadcrumbs({ folder, path }: ExplorerProps) {
  const { t } = useTranslation();
  const steps = [{ name: folder.name, path: '' }, ...ancestors(path)];
  return (
    <nav className="breadcrumbs" aria-label={t('files.where')}>
      <ol>
        <li>
          <Link to={to.data}>{t('app.data')}</Link>
        </li>
        {steps.map((step, index) => (
          <li key={step.path}>
            {index === steps.length - 1 ? (
              <span aria-current="page">{step.name}</span>
            ) : (
              <Link to={to.folder(folder.id, step.path)}>{step.name}</Link>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** Uploads into this directory; files that would take the place of others are asked about first. */
function useUpload(folder: Folder, path: string, files: FileEntry[] | undefined) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { modal } = App.useApp();

  return (chosen: File[]) => {
    const here = new Set(files?.map(({ name }) => name));
    const replaced = chosen.filter(({ name }) => here.has(name));
    const add = () =>
      uploads.add(
        chosen.map((file) => {
          const target = join(path, keep(file.name));
          return {
            folder: folder.id,
            folderName: folder.name,
            path: target,
            url: contentUrl(folder.id, target),
            body: file,
            replace: here.has(file.name),
          };
        }),
      );
    if (replaced.length === 0) return add();
    const count = replaced.length;
    const names = new Intl.ListFormat(language).format(replaced.map(({ name }) => name));
    modal.confirm({
      title: t('files.replaceTitle', { count }),
      content: t('files.replaceWhat', { count, names }),
      okText: t('files.replaceSubmit'),
      cancelText: t('app.cancel'),
      onOk: add,
    });
  };
}
