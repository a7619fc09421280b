/** Moving a folder to the trash is asked about first, and can be undone for a while afterwards. */
import { App, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { useTell } from '../ui/useTell';
import { useDeleteFolder, useRestoreFolder, type Folder } from './folders';

const UNDO_SECONDS = 10;

export function useDeleteQuestion(): (folder: Folder) => void {
  const { t } = useTranslation();
  const { modal, notification } = App.useApp();
  const remove = useDeleteFolder();
  const restore = useRestoreFolder();
  const tell = useTell();

  const tellDeleted = ({ id, name }: Folder) => {
    const undo = () => {
      notification.destroy(id);
      restore.mutateAsync(id).then(() => tell.done(t('folders.restored', { name })), tell.failed);
    };
    notification.success({
      key: id,
      title: t('folders.deleted', { name }),
      duration: UNDO_SECONDS,
      actions: (
        <Button size="small" onClick={undo}>
          {t('app.undo')}
        </Button>
      ),
    });
  };

  return (folder) =>
    void modal.confirm({
      title: t('folders.deleteTitle', { name: folder.name }),
      content: t('folders.deleteWhat'),
      okText: t('folders.deleteSubmit'),
      okButtonProps: { danger: true },
      cancelText: t('app.cancel'),
      onOk: () => remove.mutateAsync(folder.id).then(() => tellDeleted(folder), tell.failed),
    });
}
