/** Folders in the trash: they can be taken out again, or deleted for good. */
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Ago } from '../ui/Ago';
import { DataTable, type Column } from '../ui/DataTable';
import { NameDialog } from '../ui/NameDialog';
import { DeleteIcon, FolderIcon, RestoreIcon } from '../ui/icons';
import { useTell } from '../ui/useTell';
import { byName, usePurgeFolder, useRestoreFolder, type Folder } from './folders';

/** `folders` is undefined while they are being loaded. */
export function TrashTable({ folders }: { folders: Folder[] | undefined }) {
  const { t } = useTranslation();
  const columns: Column<Folder>[] = [
    {
      key: 'name',
      title: t('folders.name'),
      heading: true,
      compare: byName,
      render: (folder) => <TrashedName folder={folder} />,
    },
    { key: 'volume', title: t('folders.volume'), render: ({ volume }) => volume },
    { key: 'owner', title: t('folders.owner'), render: ({ owner }) => owner.name },
    {
      key: 'trashed',
      title: t('folders.trashed'),
      compare: (a, b) => Date.parse(a.trashed_at ?? '') - Date.parse(b.trashed_at ?? ''),
      render: ({ trashed_at }) => trashed_at && <Ago time={trashed_at} />,
    },
    {
      key: 'actions',
      title: t('app.actions'),
      actions: true,
      render: (folder) => <TrashActions folder={folder} />,
    },
  ];
  return (
    <DataTable
      label={t('folders.trash')}
      columns={columns}
      rows={folders}
      rowKey={({ id }) => id}
      card={(folder) => (
        <>
          <TrashedName folder={folder} />
          <div className="quiet">{folder.trashed_at && <Ago time={folder.trashed_at} />}</div>
          <TrashActions folder={folder} />
        </>
      )}
    />
  );
}

function TrashedName({ folder }: { folder: Folder }) {
  return (
    <span className="name name-line">
      <FolderIcon className="name-icon" />
      {folder.name}
    </span>
  );
}

function TrashActions({ folder }: { folder: Folder }) {
  const { t } = useTranslation();
  const restore = useRestoreFolder();
  const tell = useTell();
  const [purging, setPurging] = useState(false);
  const { id, name } = folder;
  return (
    <div className="row-actions">
      <Button
        icon={<RestoreIcon />}
        aria-label={t('folders.restoreOf', { name })}
        loading={restore.isPending}
        onClick={() =>
          restore.mutateAsync(id).then(() => tell.done(t('folders.restored', { name })), tell.failed)
        }
      >
        {t('folders.restore')}
      </Button>
      <Button
        type="text"
        danger
        icon={<DeleteIcon />}
        aria-label={t('folders.purgeOf', { name })}
        title={t('folders.purge')}
        onClick={() => setPurging(true)}
      />
      {purging && <Purge folder={folder} onClose={() => setPurging(false)} />}
    </div>
  );
}

/** Nothing brings it back: so its name has to be typed. */
function Purge({ folder: { id, name }, onClose }: { folder: Folder; onClose: () => void }) {
  const { t } = useTranslation();
  const purge = usePurgeFolder();
  const tell = useTell();
  return (
    <NameDialog
      danger
      title={t('folders.purgeTitle', { name })}
      label={t('folders.purgeLabel', { name })}
      okText={t('folders.purge')}
      judge={(typed) => (typed.normalize('NFC') === name ? null : t('folders.purgeMismatch'))}
      help={() => t('folders.purgeWhat')}
      onSubmit={async () => {
        await purge.mutateAsync(id);
        tell.done(t('folders.purged', { name }));
      }}
      onClose={onClose}
    />
  );
}
