/** Asks for the name of a new directory and makes it. */
import { useTranslation } from 'react-i18next';
import { NameDialog } from '../ui/NameDialog';
import { useCreateDirectory } from './files';
import { fileNameFault, join, keep } from './paths';

interface CreateProps {
  folder: string;
  /** The directory it is made in. */
  path: string;
  taken: ReadonlySet<string>;
  onClose: () => void;
}

export function CreateDirectory({ folder, path, taken, onClose }: CreateProps) {
  const { t } = useTranslation();
  const create = useCreateDirectory(folder);
  return (
    <NameDialog
      title={t('files.newDirectory')}
      label={t('files.directoryName')}
      okText={t('files.createSubmit')}
      judge={(name) => {
        const fault = fileNameFault(name, taken);
        return fault === null ? null : t(`files.fault.${fault}`);
      }}
      onSubmit={(name) => create.mutateAsync({ path: join(path, keep(name)) })}
      onClose={onClose}
    />
  );
}
