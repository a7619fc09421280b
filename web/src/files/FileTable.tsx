import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useOverlayLink } from '../app/overlay';
import { usePreferences } from '../app/preferences';
import type { Folder } from '../folders/folders';
import { Ago } from '../ui/Ago';
import { DataTable, type Column } from '../ui/DataTable';
import { FileIcon, DirectoryIcon, LinkIcon, OtherIcon } from '../ui/icons';
import { bytes } from '../ui/units';
import { FileActions } from './FileActions';
import { byKindThenName, type FileEntry } from './files';
import { join, nameOf } from './paths';

const ICONS = {
  directory: <DirectoryIcon className="name-icon accent" />,
  file: <FileIcon className="name-icon" />,
  link: <LinkIcon className="name-icon" />,
  other: <OtherIcon className="name-icon" />,
};

interface FileTableProps {
  folder: Folder;
  path: string;
  /** Undefined while they are being loaded. */
  files: FileEntry[] | undefined;
}

export function FileTable({ folder, path, files }: FileTableProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const size = ({ kind, size }: FileEntry) => (kind === 'file' ? bytes(size, language) : '—');
  const columns: Column<FileEntry>[] = [
    {
      key: 'name',
      title: t('files.name'),
      heading: true,
      compare: byKindThenName,
      render: (file) => <FileName folder={folder} path={path} file={file} />,
    },
    {
      key: 'size',
      title: t('files.size'),
      compare: (a, b) => a.size - b.size,
      render: (file) => <span className="nowrap">{size(file)}</span>,
    },
    {
      key: 'modified',
      title: t('files.modified'),
      compare: (a, b) => Date.parse(a.modified) - Date.parse(b.modified),
      render: ({ modified }) => <Ago time={modified} />,
    },
    {
      key: 'actions',
      title: t('app.actions'),
      actions: true,
      render: (file) => <FileActions folder={folder} path={path} file={file} />,
    },
  ];
  return (
    <DataTable
      label={t('files.label')}
      columns={columns}
      rows={files}
      rowKey={nameOf}
      card={(file) => (
        <div className="card-line">
          <div>
            <FileName folder={folder} path={path} file={file} />
            <div className="quiet below-name">
              {file.kind === 'file' && `${size(file)} · `}
              <Ago time={file.modified} />
            </div>
          </div>
          <FileActions folder={folder} path={path} file={file} />
        </div>
      )}
    />
  );
}

interface FileNameProps {
  folder: Folder;
  path: string;
  file: FileEntry;
}

/** A directory is entered, a file is opened; what a link means only a session knows. */
function FileName({ folder, path, file }: FileNameProps) {
  const { t } = useTranslation();
  const link = useOverlayLink();
  const name = nameOf(file);
  return (
    <span className="name name-line" title={t(`files.kind.${file.kind}`)}>
      {ICONS[file.kind]}
      {file.kind === 'directory' && (
        <Link to={link({ folder: folder.id, path: join(path, name) })}>{file.name}</Link>
      )}
      {file.kind === 'file' && <Link to={link({ folder: folder.id, path, file: name })}>{file.name}</Link>}
      {file.kind !== 'directory' && file.kind !== 'file' && file.name}
    </span>
  );
}
