import { App, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { to } from '../app/routes';
import { usePreferences } from '../app/preferences';
import type { Folder } from '../folders/folders';
import { Ago } from '../ui/Ago';
import { DataTable, type Column } from '../ui/DataTable';
import { DeleteIcon, DownloadIcon, FileIcon, DirectoryIcon, LinkIcon, OtherIcon } from '../ui/icons';
import { bytes } from '../ui/units';
import { useTell } from '../ui/useTell';
import { byKindThenName, useRemove, type FileEntry } from './files';
import { contentUrl, join, nameOf } from './paths';

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
    { key: 'size', title: t('files.size'), compare: (a, b) => a.size - b.size, render: size },
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

interface FileProps {
  folder: Folder;
  path: string;
  file: FileEntry;
}

function FileName({ folder, path, file }: FileProps) {
  const { t } = useTranslation();
  const inside = join(path, nameOf(file));
  return (
    <span className="name name-line" title={t(`files.kind.${file.kind}`)}>
      {ICONS[file.kind]}
      {file.kind === 'directory' ? <Link to={to.folder(folder.id, inside)}>{file.name}</Link> : file.name}
    </span>
  );
}

function FileActions({ folder, path, file }: FileProps) {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const remove = useRemove(folder.id);
  const tell = useTell();
  const { name } = file;
  const inside = join(path, nameOf(file));
  const directory = file.kind === 'directory';

  const askToDelete = () =>
    modal.confirm({
      title: t('files.deleteTitle', { name }),
      content: directory ? t('files.deleteDirectory') : t('files.deleteFile'),
      okText: t('files.delete'),
      okButtonProps: { danger: true },
      cancelText: t('app.cancel'),
      onOk: () =>
        remove
          .mutateAsync({ path: inside, recursive: directory })
          .then(() => tell.done(t('files.deleted', { name })), tell.failed),
    });
  return (
    <div className="row-actions">
      {file.kind !== 'other' && (
        <Button
          type="text"
          icon={<DownloadIcon />}
          href={contentUrl(folder.id, inside) + (directory ? '?archive=zip' : '')}
          download={directory ? `${name}.zip` : name}
          aria-label={t('files.downloadOf', { name })}
          title={t('files.download')}
        />
      )}
      {folder.permission !== 'ro' && (
        <Button
          type="text"
          danger
          icon={<DeleteIcon />}
          aria-label={t('files.deleteOf', { name })}
          title={t('files.delete')}
          onClick={askToDelete}
        />
      )}
    </div>
  );
}
