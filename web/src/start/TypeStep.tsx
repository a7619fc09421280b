/** What kind of session it is to be, and what it is called. */
import { Form, Input, Radio } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { BatchIcon, TerminalIcon } from '../ui/icons';
import { NAME_CHARACTERS } from '../sessions/names';
import type { Draft, DraftFaults } from './draft';

interface TypeStepProps {
  draft: Draft;
  faults: DraftFaults;
  /** Faults are told although nothing was typed. */
  told: boolean;
  onChange: (changes: Partial<Draft>) => void;
}

const TYPES = [
  { type: 'interactive', icon: <TerminalIcon /> },
  { type: 'batch', icon: <BatchIcon /> },
] as const;

export function TypeStep({ draft, faults, told, onChange }: TypeStepProps) {
  const { t } = useTranslation();
  const [commandTouched, setCommandTouched] = useState(false);
  const commandTold = (told || commandTouched) && faults.command !== null;
  return (
    <section className="card">
      <h2 id="start-type">{t('start.step.type')}</h2>
      <Radio.Group
        className="choices"
        aria-labelledby="start-type"
        value={draft.type}
        onChange={(event) => onChange({ type: event.target.value as Draft['type'] })}
      >
        {TYPES.map(({ type, icon }) => (
          <Radio key={type} value={type} className={draft.type === type ? 'choice chosen' : 'choice'}>
            <span className="choice-title">
              {icon} {t(`sessions.typeName.${type}`)}
            </span>
            <span className="quiet">{t(`start.typeWhat.${type}`)}</span>
          </Radio>
        ))}
      </Radio.Group>
      <Form layout="vertical" component={false}>
        <Form.Item
          label={t('start.name')}
          htmlFor="session-name"
          validateStatus={faults.name === null ? '' : 'error'}
          help={
            <span aria-live="polite">
              {faults.name === null
                ? t('start.nameHelp', NAME_CHARACTERS)
                : t(`start.fault.${faults.name}`, NAME_CHARACTERS)}
            </span>
          }
        >
          <Input
            id="session-name"
            className="mid"
            value={draft.name}
            autoComplete="off"
            spellCheck={false}
            aria-invalid={faults.name !== null}
            onChange={(event) => onChange({ name: event.target.value })}
          />
        </Form.Item>
        {draft.type === 'batch' && (
          <Form.Item
            label={t('start.command')}
            htmlFor="session-command"
            validateStatus={commandTold ? 'error' : ''}
            help={
              <span aria-live="polite">
                {commandTold ? t(`start.commandFault.${faults.command ?? 'empty'}`) : t('start.commandHelp')}
              </span>
            }
          >
            <Input.TextArea
              id="session-command"
              className="mono"
              value={draft.command}
              autoSize={{ minRows: 3, maxRows: 12 }}
              spellCheck={false}
              autoCapitalize="off"
              placeholder="python train.py --epochs 3"
              aria-invalid={commandTold}
              onChange={(event) => {
                setCommandTouched(true);
                onChange({ command: event.target.value });
              }}
            />
          </Form.Item>
        )}
      </Form>
    </section>
  );
}
