/** Asks what a new folder is to be, and creates it. */
import { Form, Radio } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { defaultPath, isAutomounted } from '../mounts/rules';
import { Choice } from '../ui/Choice';
import { NameDialog } from '../ui/NameDialog';
import { useCreateFolder, useFolders, type Folder } from './folders';
import { FOLDER_NAME_CHARACTERS_MAX, folderNameFault } from './names';
import { PERMISSIONS, USAGE_MODES } from './words';

interface CreateFolderProps {
  onClose: () => void;
  onCreated?: (folder: Folder) => void;
}

export function CreateFolder({ onClose, onCreated }: CreateFolderProps) {
  const { t } = useTranslation();
  const id = useId();
  const { data: folders } = useFolders();
  const create = useCreateFolder();
  const [usageMode, setUsageMode] = useState<Folder['usage_mode']>('general');
  const [permission, setPermission] = useState<Folder['permission']>('rw');

  const taken = new Set(folders?.map((folder) => folder.name));
  const max = FOLDER_NAME_CHARACTERS_MAX;
  const help = (name: string) => {
    if (folderNameFault(name, taken) !== null) return t('folders.nameHelp', { max });
    const path = defaultPath(name);
    return isAutomounted(name) ? t('folders.automountNote', { path }) : t('folders.ordinaryNote', { path });
  };
  return (
    <NameDialog
      title={t('folders.createTitle')}
      label={t('folders.name')}
      okText={t('folders.createSubmit')}
      judge={(name) => {
        const fault = folderNameFault(name, taken);
        return fault === null ? null : t(`folders.fault.${fault}`, { max });
      }}
      help={help}
      onSubmit={async (name) => {
        const folder = await create.mutateAsync({ name, usage_mode: usageMode, permission });
        onCreated?.(folder);
      }}
      onClose={onClose}
    >
      <Form.Item
        label={t('folders.usage')}
        htmlFor={`${id}-usage`}
        extra={t(`folders.usageWhat.${usageMode}`)}
      >
        <Choice
          id={`${id}-usage`}
          value={usageMode}
          options={USAGE_MODES.map((value) => ({ value, label: t(`folders.usageName.${value}`) }))}
          onChange={setUsageMode}
        />
      </Form.Item>
      <Form.Item
        label={<span id={`${id}-permission`}>{t('folders.permission')}</span>}
        extra={t('folders.permissionWhat')}
      >
        <Radio.Group
          aria-labelledby={`${id}-permission`}
          value={permission}
          options={PERMISSIONS.map((value) => ({ value, label: t(`folders.permissionName.${value}`) }))}
          onChange={(event) => setPermission(event.target.value as Folder['permission'])}
        />
      </Form.Item>
    </NameDialog>
  );
}
