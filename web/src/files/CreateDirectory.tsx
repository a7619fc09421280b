/** Asks for the name of a new directory and makes it. */
import { Form, Input, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemAlert } from '../ui/ProblemAlert';
import { useCreateDirectory } from './files';
import { fileNameFault, join, keep } from './paths';

interface CreateDirectoryProps {
  folder: string;
  path: string;
  taken: ReadonlySet<string>;
  onClose: () => void;
}

export function CreateDirectory({ folder, path, taken, onClose }: CreateDirectoryProps) {
  const { t } = useTranslation();
  const create = useCreateDirectory(folder);
  const [name, setName] = useState('');
  const [touched, setTouched] = useState(false);
  // A name that was just created is in the list before this window is gone.
  const fault = create.isSuccess ? null : fileNameFault(name, taken);
  const told = touched ? fault : null;

  const submit = () => {
    setTouched(true);
    if (fault === null && !create.isPending) create.mutate(join(path, keep(name)), { onSuccess: onClose });
  };
  return (
    <Modal
      open
      title={t('files.newDirectory')}
      okText={t('files.createSubmit')}
      cancelText={t('app.cancel')}
      confirmLoading={create.isPending}
      onOk={submit}
      onCancel={onClose}
    >
      <Form layout="vertical" component={false}>
        <Form.Item
          label={t('files.directoryName')}
          htmlFor="directory-name"
          help={told === null ? '' : t(`files.fault.${told}`)}
          validateStatus={told === null ? '' : 'error'}
        >
          <Input
            id="directory-name"
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
      {create.error && <ProblemAlert error={create.error} />}
    </Modal>
  );
}
