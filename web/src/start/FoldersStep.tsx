/** Which folders the session sees. */
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CreateFolder } from '../folders/CreateFolder';
import { isAutomounted } from '../mounts/rules';
import { CreateIcon } from '../ui/icons';
import { NEW_CHOICE, type Choices, type Plan } from './choices';
import { MountPicker } from './MountPicker';

interface FoldersStepProps {
  plan: Plan;
  choices: Choices;
  onChange: (choices: Choices) => void;
}

export function FoldersStep({ plan, choices, onChange }: FoldersStepProps) {
  const { t } = useTranslation();
  const [creating, setCreating] = useState(false);
  return (
    <section className="card" aria-labelledby="start-folders">
      <div className="card-head">
        <div>
          <h2 id="start-folders">{t('start.step.folders')}</h2>
          <p className="quiet">{t('start.foldersWhat')}</p>
        </div>
        <Button icon={<CreateIcon />} onClick={() => setCreating(true)}>
          {t('start.createFolder')}
        </Button>
      </div>
      <MountPicker
        plan={plan}
        choices={choices}
        onChange={onChange}
        empty={<p className="quiet">{t('start.noFolders')}</p>}
      />
      {creating && (
        <CreateFolder
          onClose={() => setCreating(false)}
          onCreated={({ id, name }) => {
            if (!isAutomounted(name)) onChange(new Map(choices).set(id, NEW_CHOICE));
          }}
        />
      )}
    </section>
  );
}
