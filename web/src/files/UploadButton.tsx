/** Chooses files, or a whole directory, to be uploaded. */
import { Button, Dropdown } from 'antd';
import { useRef, type ChangeEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { FileIcon, FolderIcon, UploadIcon } from '../ui/icons';
import { chosen, type Chosen } from './drop';

/** Every browser knows it, React's types do not. */
const DIRECTORY = { webkitdirectory: '' };

export function UploadButton({ onChosen }: { onChosen: (chosen: Chosen) => void }) {
  const { t } = useTranslation();
  const files = useRef<HTMLInputElement>(null);
  const directory = useRef<HTMLInputElement>(null);

  const take = (event: ChangeEvent<HTMLInputElement>) => {
    onChosen(chosen(event.target.files ?? []));
    event.target.value = ''; // so that the same can be chosen again
  };
  return (
    <>
      <Dropdown
        trigger={['click']}
        menu={{
          items: [
            { key: 'files', icon: <FileIcon />, label: t('files.uploadFiles') },
            { key: 'directory', icon: <FolderIcon />, label: t('files.uploadDirectory') },
          ],
          onClick: ({ key }) => (key === 'files' ? files : directory).current?.click(),
        }}
      >
        <Button type="primary" icon={<UploadIcon />}>
          {t('files.upload')}
        </Button>
      </Dropdown>
      <input ref={files} type="file" multiple hidden onChange={take} data-upload="files" />
      <input ref={directory} type="file" {...DIRECTORY} hidden onChange={take} data-upload="directory" />
    </>
  );
}
