/** Asks what is in a dotfile and where it goes. */
import { Form } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { NameDialog } from '../ui/NameDialog';
import { dotfilePathFault } from './paths';
import { useWriteDotfile, type Dotfile } from './settings';

interface DotfileDialogProps {
  /** The file that is changed; `null` for a new one. */
  before: Dotfile | null;
  /** What is in it now. */
  initial: string;
  /** The paths of all dotfiles. */
  taken: string[];
  onClose: () => void;
}

export function DotfileDialog({ before, initial, taken, onClose }: DotfileDialogProps) {
  const { t } = useTranslation();
  const id = useId();
  const write = useWriteDotfile();
  const [data, setData] = useState(initial);
  const others = new Set(taken.filter((path) => path !== before?.path));
  return (
    <NameDialog
      title={before === null ? t('settings.addTitle') : t('settings.editTitle')}
      label={t('settings.path')}
      okText={t('settings.save')}
      initial={before?.path ?? ''}
      judge={(path) => {
        const fault = dotfilePathFault(path, others);
        return fault === null ? null : t(`settings.fault.${fault}`);
      }}
      help={(path) => t('settings.pathHelp', { path: `/home/work/${path}` })}
      onSubmit={(path) => write.mutateAsync({ path, data, before })}
      onClose={onClose}
    >
      <Form.Item label={t('settings.data')} htmlFor={id}>
        <textarea
          id={id}
          className="code-field"
          rows={12}
          spellCheck={false}
          autoCapitalize="off"
          wrap="off"
          value={data}
          onChange={(event) => setData(event.target.value)}
        />
      </Form.Item>
    </NameDialog>
  );
}
