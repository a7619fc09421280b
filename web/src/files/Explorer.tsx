/** The files of one directory of a folder, and what can be done with them. */
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useOverlayLink } from '../app/overlay';
import type { Folder } from '../folders/folders';
import { EmptyState } from '../ui/EmptyState';
import { FilterField } from '../ui/FilterField';
import { ProblemAlert } from '../ui/ProblemAlert';
import { EmptyIcon, NewDirectoryIcon, NewFileIcon, SearchIcon } from '../ui/icons';
import { matches } from '../ui/matches';
import { CreateDirectory } from './CreateDirectory';
import { CreateFile } from './CreateFile';
import { DropZone } from './DropZone';
import { FileTable } from './FileTable';
import { useFiles } from './files';
import { ancestors } from './paths';
import { UploadButton } from './UploadButton';
import { useUploadHere } from './useUploadHere';

/** Below so many files there is nothing to search in. */
const FILTER_FROM_FILES = 10;

interface ExplorerProps {
  folder: Folder;
  /** The directory shown; empty for the top. */
  path: string;
}

export function Explorer({ folder, path }: ExplorerProps) {
  const { t } = useTranslation();
  const { data: files, error, refetch } = useFiles(folder.id, path);
  const upload = useUploadHere(folder, path, files);
  const [creating, setCreating] = useState<'file' | 'directory' | null>(null);
  const [typed, setTyped] = useState('');

  const taken = new Set(files?.map(({ name }) => name));
  const shown = files?.filter(({ name }) => matches(typed, [name]));
  const create = { folder: folder.id, path, taken, onClose: () => setCreating(null) };
  return (
    <DropZone onDrop={upload}>
      <Breadcrumbs folder={folder} path={path} />
      <div className="toolbar">
        <div className="row-actions">
          <UploadButton onChosen={upload} />
          <Button icon={<NewDirectoryIcon />} onClick={() => setCreating('directory')}>
            {t('files.newDirectory')}
          </Button>
          <Button icon={<NewFileIcon />} onClick={() => setCreating('file')}>
            {t('files.newFile')}
          </Button>
        </div>
        {(files?.length ?? 0) >= FILTER_FROM_FILES && (
          <FilterField label={t('files.find')} value={typed} onChange={setTyped} />
        )}
      </div>
      {error && <ProblemAlert error={error} onRetry={() => void refetch()} />}
      {files?.length === 0 && (
        <EmptyState icon={<EmptyIcon />} title={t('files.emptyTitle')}>
          {t('files.empty')}
        </EmptyState>
      )}
      {files?.length !== 0 && shown?.length === 0 && (
        <EmptyState icon={<SearchIcon />} title={t('app.noMatch', { text: typed.trim() })} />
      )}
      {shown?.length !== 0 && (shown || !error) && <FileTable folder={folder} path={path} files={shown} />}
      {creating === 'directory' && <CreateDirectory {...create} />}
      {creating === 'file' && <CreateFile {...create} />}
    </DropZone>
  );
}

function Breadcrumbs({ folder, path }: ExplorerProps) {
  const { t } = useTranslation();
  const link = useOverlayLink();
  const steps = [{ name: folder.name, path: '' }, ...ancestors(path)];
  return (
    <nav className="breadcrumbs" aria-label={t('files.where')}>
      <ol>
        {steps.map((step, index) => (
          <li key={step.path}>
            {index === steps.length - 1 ? (
              <span aria-current="page">{step.name}</span>
            ) : (
              <Link to={link({ folder: folder.id, path: step.path })}>{step.name}</Link>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}
