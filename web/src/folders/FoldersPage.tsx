import { Button, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { to } from '../app/routes';
import { isAutomounted } from '../mounts/rules';
import { Ago } from '../ui/Ago';
import { DataTable, type Column } from '../ui/DataTable';
import { EmptyState } from '../ui/EmptyState';
import { LinkButton } from '../ui/LinkButton';
import { PageHeader } from '../ui/PageHeader';
import { ProblemAlert } from '../ui/ProblemAlert';
import { DeleteIcon, FolderIcon, StartIcon, CreateIcon } from '../ui/icons';
import { usePageTitle } from '../ui/usePageTitle';
import { CreateFolder } from './CreateFolder';
import { byName, useFolders, type Folder } from './folders';
import { useDeleteQuestion } from './useDeleteQuestion';

export function FoldersPage() {
  const { t } = useTranslation();
  const { data: folders, error, refetch } = useFolders();
  const [creating, setCreating] = useState(false);
  usePageTitle(t('folders.title'));

  const create = (
    <Button type="primary" icon={<CreateIcon />} onClick={() => setCreating(true)}>
      {t('folders.create')}
    </Button>
  );
  return (
    <>
      <PageHeader title={t('folders.title')} what={t('folders.what')} actions={create} />
      {error && <ProblemAlert error={error} onRetry={() => void refetch()} />}
      {folders?.length === 0 ? (
        <EmptyState icon={<FolderIcon />} title={t('folders.emptyTitle')}>
          {t('folders.empty')}
        </EmptyState>
      ) : (
        (folders || !error) && <Folders folders={folders} />
      )}
      {creating && <CreateFolder onClose={() => setCreating(false)} />}
    </>
  );
}

/** `folders` is undefined while they are being loaded. */
function Folders({ folders }: { folders: Folder[] | undefined }) {
  const { t } = useTranslation();
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
      render: ({ usage_mode }) => t(`folders.usageName.${usage_mode}`),
    },
    {
      key: 'permission',
      title: t('folders.permission'),
      render: ({ permission }) => t(`folders.permissionName.${permission}`),
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
      card={(folder) => <FolderCard folder={folder} />}
    />
  );
}

function FolderCard({ folder }: { folder: Folder }) {
  const { t } = useTranslation();
  return (
    <div className="card-line">
      <div>
        <FolderName folder={folder} />
        <div className="quiet below-name">
          {t(`folders.permissionName.${folder.permission}`)} · <Ago time={folder.created_at} />
        </div>
      </div>
      <FolderActions folder={folder} />
    </div>
  );
}

function FolderName({ folder }: { folder: Folder }) {
  const { t } = useTranslation();
  return (
    <span className="name name-line">
      <FolderIcon className="name-icon" />
      <Link to={to.folder(folder.id)}>{folder.name}</Link>
      {isAutomounted(folder.name) && <Tag>{t('folders.automount')}</Tag>}
    </span>
  );
}

function FolderActions({ folder }: { folder: Folder }) {
  const { t } = useTranslation();
  const askToDelete = useDeleteQuestion();
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
        danger
        icon={<DeleteIcon />}
        aria-label={t('folders.deleteOf', { name })}
        title={t('folders.delete')}
        onClick={() => askToDelete(folder)}
      />
    </div>
  );
}
