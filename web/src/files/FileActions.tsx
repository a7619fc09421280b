/** What can be done with a file or a directory. */
import { App, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Folder } from '../folders/folders';
import { DeleteIcon, DownloadIcon, RenameIcon } from '../ui/icons';
import { useTell } from '../ui/useTell';
import { useRemove, type FileEntry } from './files';
import { contentUrl, join, nameOf } from './paths';
import { RenameFile } from './RenameFile';

interface FileActionsProps {
  folder: Folder;
  path: string;
  file: FileEntry;
}

export function FileActions({ folder, path, file }: FileActionsProps) {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const remove = useRemove(folder.id);
  const tell = useTell();
  const [renaming, setRenaming] = useState(false);
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
          title={directory ? t('files.downloadZip') : t('files.download')}
        />
      )}
      <Button
        type="text"
        icon={<RenameIcon />}
        aria-label={t('files.renameOf', { name })}
        title={t('app.rename')}
        onClick={() => setRenaming(true)}
      />
      <Button
        type="text"
        danger
        icon={<DeleteIcon />}
        aria-label={t('files.deleteOf', { name })}
        title={t('files.delete')}
        onClick={askToDelete}
      />
      {renaming && (
        <RenameFile folder={folder.id} path={path} file={file} onClose={() => setRenaming(false)} />
      )}
    </div>
  );
}
