/** Folders as rows: what each is, and what can be done with it. */
import { Button, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useOverlayLink } from '../app/overlay';
import { usePreferences } from '../app/preferences';
import { to } from '../app/routes';
import { isAutomounted } from '../mounts/rules';
import { Ago } from '../ui/Ago';
import { DataTable, type Column } from '../ui/DataTable';
import { LinkButton } from '../ui/LinkButton';
import { DeleteIcon, FolderIcon, RenameIcon, StartIcon } from '../ui/icons';
import { bytes } from '../ui/units';
import { byName, useFolderUsages, type Folder } from './folders';
import { RenameFolder } from './RenameFolder';
import { useDeleteQuestion } from './useDeleteQuestion';

/** `folders` is undefined while they are being loaded. */
export function FolderTable({ folders }: { folders: Folder[] | undefined }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const usages = useFolderUsages(folders ?? []);
  const used = ({ id }: Folder) => usages.get(id)?.bytes;
  const size = (folder: Folder) => {
    const taken = used(folder);
    const limit = folder.quota_bytes;
    if (taken === undefined) return <span className="quiet">…</span>;
    return (
      <span className="nowrap">
        {bytes(taken, language)}
        {limit != null && <span className="quiet"> / {bytes(limit, language)}</span>}
      </span>
    );
  };
  const columns: Column<Folder>[] = [
    {
      key: 'name',
      title: t('folders.name'),
      heading: true,
      compare: byName,
      render: (folder) => <FolderName folder={folder} />,
    },
    {
      key: 'usage',
      title: t('folders.usage'),
      compare: (a, b) => a.usage_mode.localeCompare(b.usage_mode),
      render: ({ usage_mode }) => t(`folders.usageName.${usage_mode}`),
    },
    { key: 'volume', title: t('folders.volume'), render: ({ volume }) => volume },
    {
      key: 'permission',
      title: t('folders.permission'),
      render: ({ permission }) => t(`folders.permissionName.${permission}`),
    },
    {
      key: 'owner',
      title: t('folders.owner'),
      render: ({ owner }) => <span title={owner.email}>{owner.name}</span>,
    },
    {
      key: 'size',
      title: t('folders.size'),
      compare: (a, b) => (used(a) ?? 0) - (used(b) ?? 0),
      render: size,
    },
    {
      key: 'created',
      title: t('folders.created'),
      compare: (a, b) => Date.parse(a.created_at) - Date.parse(b.created_at),
      render: ({ created_at }) => <Ago time={created_at} />,
    },
    {
      key: 'actions',
      title: t('app.actions'),
      actions: true,
      render: (folder) => <FolderActions folder={folder} />,
    },
  ];
  return (
    <DataTable
      label={t('folders.title')}
      columns={columns}
      rows={folders}
      rowKey={({ id }) => id}
      card={(folder) => (
        <>
          <FolderName folder={folder} />
          <div className="quiet">
            {t(`folders.usageName.${folder.usage_mode}`)} · {t(`folders.permissionName.${folder.permission}`)}{' '}
            · {size(folder)}
          </div>
          <div className="quiet">
            {folder.owner.name} · <Ago time={folder.created_at} />
          </div>
          <FolderActions folder={folder} />
        </>
      )}
    />
  );
}

function FolderName({ folder }: { folder: Folder }) {
  const { t } = useTranslation();
  const link = useOverlayLink();
  return (
    <span className="name name-line">
      <FolderIcon className="name-icon" />
      <Link to={link({ folder: folder.id })}>{folder.name}</Link>
      {isAutomounted(folder.name) && <Tag title={t('start.automountWhat')}>{t('folders.automount')}</Tag>}
    </span>
  );
}

function FolderActions({ folder }: { folder: Folder }) {
  const { t } = useTranslation();
  const askToDelete = useDeleteQuestion();
  const [renaming, setRenaming] = useState(false);
  const { id, name } = folder;
  return (
    <div className="row-actions">
      {!isAutomounted(name) && (
        <LinkButton
          type="text"
          icon={<StartIcon />}
          to={to.start(id)}
          aria-label={t('folders.startWith', { name })}
          title={t('folders.startWith', { name })}
        />
      )}
      <Button
        type="text"
        icon={<RenameIcon />}
        aria-label={t('folders.renameOf', { name })}
        title={t('app.rename')}
        onClick={() => setRenaming(true)}
      />
      <Button
        type="text"
        danger
        icon={<DeleteIcon />}
        aria-label={t('folders.deleteOf', { name })}
        title={t('folders.delete')}
        onClick={() => askToDelete(folder)}
      />
      {renaming && <RenameFolder folder={folder} onClose={() => setRenaming(false)} />}
    </div>
  );
}
