import { useTranslation } from 'react-i18next';
import { defaultPath, isAutomounted } from '../mounts/rules';
import { NameDialog } from '../ui/NameDialog';
import { useTell } from '../ui/useTell';
import { useChangeFolder, useFolders, type Folder } from './folders';
import { FOLDER_NAME_CHARACTERS_MAX, folderNameFault } from './names';

export function RenameFolder({ folder, onClose }: { folder: Folder; onClose: () => void }) {
  const { t } = useTranslation();
  const { data: folders } = useFolders();
  const change = useChangeFolder();
  const tell = useTell();
  const max = FOLDER_NAME_CHARACTERS_MAX;
  const taken = new Set(folders?.map(({ name }) => name).filter((name) => name !== folder.name));
  return (
    <NameDialog
      title={t('folders.renameTitle', { name: folder.name })}
      label={t('folders.name')}
      okText={t('app.rename')}
      initial={folder.name}
      judge={(name) => {
        const fault = folderNameFault(name, taken);
        return fault === null ? null : t(`folders.fault.${fault}`, { max });
      }}
      help={(name) =>
        isAutomounted(name)
          ? t('folders.automountNote', { path: defaultPath(name) })
          : t('folders.renameHelp')
      }
      onSubmit={async (name) => {
        if (name === folder.name) return;
        await change.mutateAsync({ folder: folder.id, changes: { name } });
        tell.done(t('app.renamed', { name }));
      }}
      onClose={onClose}
    />
  );
}
