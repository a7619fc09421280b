/** One file, opened: text to be read and edited, a picture, or a way to download it. */
import { App, Button, Modal } from 'antd';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Folder } from '../folders/folders';
import { Loading } from '../ui/DataTable';
import { EmptyState } from '../ui/EmptyState';
import { ProblemAlert } from '../ui/ProblemAlert';
import { DownloadIcon, FileIcon } from '../ui/icons';
import { contentUrl, join, shown } from './paths';
import { isImage, openText, TEXT_BYTES_MAX } from './text';
import { TextEditor } from './TextEditor';
import { bytes } from '../ui/units';
import { usePreferences } from '../app/preferences';

const WIDTH_PX = 880;

interface FileViewProps {
  folder: Folder;
  /** The directory it lies in. */
  path: string;
  /** As it is kept in a path. */
  name: string;
  onClose: () => void;
}

export function FileView({ folder, path, name, onClose }: FileViewProps) {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const [dirty, setDirty] = useState(false);
  const inside = join(path, name);
  const url = contentUrl(folder.id, inside);

  useEffect(() => {
    if (!dirty) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [dirty]);

  const close = () => {
    if (!dirty) return onClose();
    modal.confirm({
      title: t('files.unsavedTitle', { name: shown(name) }),
      content: t('files.unsaved'),
      okText: t('files.discard'),
      okButtonProps: { danger: true },
      cancelText: t('files.keepEditing'),
      onOk: onClose,
    });
  };
  return (
    <Modal
      open
      centered
      width={WIDTH_PX}
      className="file-view"
      title={<span className="name">{shown(name)}</span>}
      footer={null}
      mask={{ closable: !dirty }}
      onCancel={close}
    >
      {isImage(name) ? (
        <img className="picture" src={url} alt={shown(name)} />
      ) : (
        <Text folder={folder.id} path={inside} url={url} onDirty={setDirty} />
      )}
    </Modal>
  );
}

interface TextProps {
  folder: string;
  path: string;
  url: string;
  onDirty: (dirty: boolean) => void;
}

function Text({ folder, path, url, onDirty }: TextProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const {
    data: opened,
    error,
    refetch,
  } = useQuery({
    queryKey: ['text', folder, path],
    queryFn: ({ signal }) => openText(folder, path, signal),
    // What is being edited does not change under the person's hands.
    staleTime: Infinity,
    gcTime: 0,
  });
  if (error) return <ProblemAlert error={error} onRetry={() => void refetch()} />;
  if (opened === undefined) return <Loading label={t('app.loading')} />;
  if (opened.kind === 'text') {
    return <TextEditor key={opened.etag} folder={folder} path={path} file={opened} onDirty={onDirty} />;
  }
  return (
    <EmptyState
      icon={<FileIcon />}
      title={
        opened.kind === 'large'
          ? t('files.tooLarge', { size: bytes(TEXT_BYTES_MAX, language) })
          : t('files.noText')
      }
      action={
        <Button type="primary" icon={<DownloadIcon />} href={url} download>
          {t('files.download')}
        </Button>
      }
    />
  );
}
