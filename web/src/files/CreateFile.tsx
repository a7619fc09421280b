/** Asks for the name of a new file, makes it empty, and opens it. */
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { useOverlayLink } from '../app/overlay';
import { NameDialog } from '../ui/NameDialog';
import { refreshFiles } from './files';
import { fileNameFault, join, keep } from './paths';
import { writeText } from './text';

interface CreateProps {
  folder: string;
  /** The directory it is made in. */
  path: string;
  taken: ReadonlySet<string>;
  onClose: () => void;
}

export function CreateFile({ folder, path, taken, onClose }: CreateProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const link = useOverlayLink();
  return (
    <NameDialog
      title={t('files.newFile')}
      label={t('files.fileName')}
      okText={t('files.createSubmit')}
      judge={(name) => {
        const fault = fileNameFault(name, taken);
        return fault === null ? null : t(`files.fault.${fault}`);
      }}
      onSubmit={async (name) => {
        await writeText(folder, join(path, keep(name)), '', { kind: 'new' });
        refreshFiles(folder);
        void navigate(link({ folder, path, file: keep(name) }));
      }}
      onClose={onClose}
    />
  );
}
