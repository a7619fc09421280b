/** The dotfiles as rows: added, changed, deleted. */
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences';
import { Ago } from '../ui/Ago';
import { DataTable, type Column } from '../ui/DataTable';
import { ProblemAlert } from '../ui/ProblemAlert';
import { CreateIcon, DeleteIcon, RenameIcon } from '../ui/icons';
import { bytes } from '../ui/units';
import { useTell } from '../ui/useTell';
import { DotfileDialog } from './DotfileDialog';
import { readDotfile, useDeleteDotfile, useDotfiles, type Dotfile } from './settings';

/** What the dialog is about: a new file, or one and what is in it. */
type Editing = { before: null; data: '' } | { before: Dotfile; data: string };

export function Dotfiles() {
  const { t } = useTranslation();
  const tell = useTell();
  const { language } = usePreferences();
  const { data: dotfiles, error, refetch } = useDotfiles();
  const [editing, setEditing] = useState<Editing | null>(null);

  const open = (before: Dotfile) => {
    readDotfile(before.path).then((data) => setEditing({ before, data }), tell.failed);
  };
  const columns: Column<Dotfile>[] = [
    {
      key: 'path',
      title: t('settings.path'),
      heading: true,
      render: ({ path }) => <span className="mono">{path}</span>,
    },
    { key: 'size', title: t('settings.size'), render: ({ size }) => bytes(size, language) },
    { key: 'modified', title: t('settings.modified'), render: ({ modified }) => <Ago time={modified} /> },
    {
      key: 'actions',
      title: t('app.actions'),
      actions: true,
      render: (dotfile) => <DotfileActions dotfile={dotfile} onEdit={() => open(dotfile)} />,
    },
  ];
  return (
    <section className="settings" aria-labelledby="dotfiles">
      <header>
        <h2 id="dotfiles">{t('settings.dotfiles')}</h2>
        <Button icon={<CreateIcon />} onClick={() => setEditing({ before: null, data: '' })}>
          {t('settings.add')}
        </Button>
      </header>
      <p className="quiet">{t('settings.dotfilesWhat')}</p>
      {error && <ProblemAlert error={error} onRetry={() => void refetch()} />}
      {dotfiles?.length === 0 ? (
        <p>{t('settings.noDotfiles')}</p>
      ) : (
        !error && (
          <DataTable
            label={t('settings.dotfiles')}
            columns={columns}
            rows={dotfiles}
            rowKey={({ path }) => path}
            card={(dotfile) => (
              <>
                <span className="name mono">{dotfile.path}</span>
                <div className="quiet">
                  {bytes(dotfile.size, language)} · <Ago time={dotfile.modified} />
                </div>
                <DotfileActions dotfile={dotfile} onEdit={() => open(dotfile)} />
              </>
            )}
          />
        )
      )}
      {editing !== null && (
        <DotfileDialog
          before={editing.before}
          initial={editing.data}
          taken={dotfiles?.map(({ path }) => path) ?? []}
          onClose={() => setEditing(null)}
        />
      )}
    </section>
  );
}

function DotfileActions({ dotfile: { path }, onEdit }: { dotfile: Dotfile; onEdit: () => void }) {
  const { t } = useTranslation();
  const tell = useTell();
  const remove = useDeleteDotfile();
  return (
    <div className="row-actions">
      <Button
        type="text"
        icon={<RenameIcon />}
        aria-label={t('settings.editOf', { path })}
        title={t('settings.edit')}
        onClick={onEdit}
      />
      <Button
        type="text"
        danger
        icon={<DeleteIcon />}
        loading={remove.isPending}
        aria-label={t('settings.deleteOf', { path })}
        title={t('settings.delete')}
        onClick={() =>
          remove.mutate(path, {
            onSuccess: () => tell.done(t('settings.deleted', { path })),
            onError: tell.failed,
          })
        }
      />
    </div>
  );
}
