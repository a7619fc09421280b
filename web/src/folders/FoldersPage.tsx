import { Button, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { EmptyState } from '../ui/EmptyState';
import { FilterField } from '../ui/FilterField';
import { PageHeader } from '../ui/PageHeader';
import { ProblemAlert } from '../ui/ProblemAlert';
import { CreateIcon, DeleteIcon, FolderIcon, SearchIcon } from '../ui/icons';
import { matches } from '../ui/matches';
import { usePageTitle } from '../ui/usePageTitle';
import { useQueryText } from '../ui/useQueryText';
import { CreateFolder } from './CreateFolder';
import { useFolders, useTrash } from './folders';
import { FolderTable } from './FolderTable';
import { TrashTable } from './TrashTable';

export function FoldersPage() {
  const { t } = useTranslation();
  const [parameters, setParameters] = useSearchParams();
  const [typed, setTyped] = useQueryText('find');
  const [creating, setCreating] = useState(false);
  const folders = useFolders();
  const trash = useTrash();
  usePageTitle(t('folders.title'));

  const inTrash = parameters.get('show') === 'trash';
  const { data: all, error, refetch } = inTrash ? trash : folders;
  const shown = all?.filter(({ name, owner, volume }) => matches(typed, [name, owner.name, volume]));
  const count = (label: string, of: unknown[] | undefined) =>
    of === undefined || of.length === 0 ? label : `${label} ${of.length}`;
  const create = (
    <Button type="primary" icon={<CreateIcon />} onClick={() => setCreating(true)}>
      {t('folders.create')}
    </Button>
  );
  return (
    <>
      <PageHeader title={t('folders.title')} what={t('folders.what')} actions={create} />
      <div className="toolbar">
        <Segmented
          value={inTrash ? 'trash' : 'ready'}
          options={[
            { value: 'ready', label: count(t('folders.ready'), folders.data) },
            { value: 'trash', label: count(t('folders.trash'), trash.data) },
          ]}
          onChange={(value) => {
            const changed = new URLSearchParams(parameters);
            if (value === 'trash') changed.set('show', 'trash');
            else changed.delete('show');
            setParameters(changed);
          }}
        />
        <FilterField label={t('folders.find')} value={typed} onChange={setTyped} />
      </div>
      {error && <ProblemAlert error={error} onRetry={() => void refetch()} />}
      {shown?.length === 0 ? (
        all?.length === 0 ? (
          <Nothing inTrash={inTrash} onCreate={() => setCreating(true)} />
        ) : (
          <EmptyState icon={<SearchIcon />} title={t('app.noMatch', { text: typed.trim() })} />
        )
      ) : (
        (shown || !error) && (inTrash ? <TrashTable folders={shown} /> : <FolderTable folders={shown} />)
      )}
      {creating && <CreateFolder onClose={() => setCreating(false)} />}
    </>
  );
}

function Nothing({ inTrash, onCreate }: { inTrash: boolean; onCreate: () => void }) {
  const { t } = useTranslation();
  if (inTrash) {
    return (
      <EmptyState icon={<DeleteIcon />} title={t('folders.trashEmptyTitle')}>
        {t('folders.trashEmpty')}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={<FolderIcon />}
      title={t('folders.emptyTitle')}
      action={
        <Button type="primary" onClick={onCreate}>
          {t('folders.createFirst')}
        </Button>
      }
    >
      {t('folders.empty')}
    </EmptyState>
  );
}
