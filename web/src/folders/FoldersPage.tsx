import { DeleteOutlined, FolderOutlined, PlayCircleOutlined, PlusOutlined } from '@ant-design/icons';
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
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setCreating(true)}>
      {t('folders.create')}
    </Button>
  );
  return (
    <>
      <PageHeader title={t('folders.title')} what={t('folders.what')} actions={create} />
      {error && <ProblemAlert error={error} onRetry={() => void refetch()} />}
      {folders?.length === 0 ? (
        <EmptyState icon={<FolderOutlined />} title={t('folders.emptyTitle')}>
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
    <>
      <FolderName folder={folder} />
      <div className="quiet">
        {t(`folders.permissionName.${folder.permission}`)} · <Ago time={folder.created_at} />
      </div>
      <FolderActions folder={folder} />
    </>
  );
}

function FolderName({ folder }: { folder: Folder }) {
  const { t } = useTranslation();
  return (
    <span className="name">
      <FolderOutlined aria-hidden className="name-icon" />
      <Link to={to.folder(folder.id)}>{folder.name}</Link>
      {isAutomounted(folder.name) && <Tag className="name-tag">{t('folders.automount')}</Tag>}
    </span>
  );
}

function FolderActions({ folder }: { folder: Folder }) {
  const { t } = useTranslation();
  const askToDelete = useDeleteQuestion();
  return (
    <div className="row-actions">
      {!isAutomounted(folder.name) && (
        <LinkButton
          icon={<PlayCircleOutlined />}
          to={to.start(folder.id)}
          aria-label={t('folders.startWith')}
          title={t('folders.startWith')}
        />
      )}
      <Button danger icon={<DeleteOutlined />} onClick={() => askToDelete(folder)}>
        {t('folders.delete')}
      </Button>
    </div>
  );
}
