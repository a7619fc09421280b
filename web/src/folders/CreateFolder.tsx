/** Asks for the name of a new folder and creates it. */
import { Form, Input, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { defaultPath, isAutomounted } from '../mounts/rules';
import { ProblemAlert } from '../ui/ProblemAlert';
import { useCreateFolder, useFolders, type Folder } from './folders';
import { FOLDER_NAME_CHARACTERS_MAX, folderNameFault } from './names';

interface CreateFolderProps {
  onClose: () => void;
  onCreated?: (folder: Folder) => void;
}

export function CreateFolder({ onClose, onCreated }: CreateFolderProps) {
  const { t } = useTranslation();
  const { data: folders } = useFolders();
  const create = useCreateFolder();
  const [name, setName] = useState('');
  const [touched, setTouched] = useState(false);

  const taken = new Set(folders?.map((folder) => folder.name));
  // A name that was just created is in the list before this window is gone.
  const fault = create.isSuccess ? null : folderNameFault(name, taken);
  const max = FOLDER_NAME_CHARACTERS_MAX;

  const submit = () => {
    setTouched(true);
    if (fault !== null || create.isPending) return;
    create.mutate(name, {
      onSuccess: (folder) => {
        onCreated?.(folder);
        onClose();
      },
    });
  };

  const help = () => {
    if (touched && fault !== null) return t(`folders.fault.${fault}`, { max });
    if (name === '' || fault !== null) return t('folders.nameHelp', { max });
    const path = defaultPath(name);
    return isAutomounted(name) ? t('folders.automountNote', { path }) : t('folders.ordinaryNote', { path });
  };
  return (
    <Modal
      open
      title={t('folders.createTitle')}
      okText={t('folders.createSubmit')}
      cancelText={t('app.cancel')}
      confirmLoading={create.isPending}
      onOk={submit}
      onCancel={onClose}
    >
      <Form layout="vertical" component={false}>
        <Form.Item
          label={t('folders.name')}
          htmlFor="folder-name"
          help={<span aria-live="polite">{help()}</span>}
          validateStatus={touched && fault !== null ? 'error' : ''}
        >
          <Input
            id="folder-name"
            autoFocus
            autoComplete="off"
            spellCheck={false}
            value={name}
            onChange={(event) => {
              setTouched(true);
              setName(event.target.value);
              create.reset();
            }}
            onPressEnter={submit}
          />
        </Form.Item>
      </Form>
      {create.error && (
        <div className="above">
          <ProblemAlert error={create.error} />
        </div>
      )}
    </Modal>
  );
}
