import { useTranslation } from 'react-i18next';
import { NameDialog } from '../ui/NameDialog';
import { useTell } from '../ui/useTell';
import { useFiles, useMove, type FileEntry } from './files';
import { fileNameFault, join, keep, nameOf } from './paths';

interface RenameFileProps {
  folder: string;
  /** The directory it lies in. */
  path: string;
  file: FileEntry;
  onClose: () => void;
}

export function RenameFile({ folder, path, file, onClose }: RenameFileProps) {
  const { t } = useTranslation();
  const { data: files } = useFiles(folder, path);
  const move = useMove(folder);
  const tell = useTell();
  const taken = new Set(files?.map(({ name }) => name).filter((name) => name !== file.name));
  // What people change is most often what comes before the last dot.
  const dot = file.kind === 'file' ? file.name.lastIndexOf('.') : -1;
  return (
    <NameDialog
      title={t('files.renameTitle', { name: file.name })}
      label={t('files.name')}
      okText={t('app.rename')}
      initial={file.name}
      {...(dot > 0 && { selected: dot })}
      judge={(name) => {
        const fault = fileNameFault(name, taken);
        return fault === null ? null : t(`files.fault.${fault}`);
      }}
      onSubmit={async (name) => {
        if (name === file.name) return;
        await move.mutateAsync({ from: join(path, nameOf(file)), to: join(path, keep(name)) });
        tell.done(t('app.renamed', { name }));
      }}
      onClose={onClose}
    />
  );
}
