/** What the session starts from, and how much it may use. */
import { Button, Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences';
import type { Environment } from '../sessions/sessions';
import { Choice } from '../ui/Choice';
import { CreateIcon, RemoveIcon } from '../ui/icons';
import { bytes, duration } from '../ui/units';
import {
  DEFAULTS,
  IDLE_SECONDS,
  MEMORY_BYTES,
  PROCESSES,
  SCRATCH_BYTES,
  type Draft,
  type DraftFaults,
  type Variable,
} from './draft';

interface EnvironmentStepProps {
  draft: Draft;
  faults: DraftFaults;
  environments: Environment[];
  onChange: (changes: Partial<Draft>) => void;
}

export function EnvironmentStep({ draft, faults, environments, onChange }: EnvironmentStepProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const usual = environments.find((one) => one.default) ?? environments[0];
  const chosen = environments.find(({ name }) => name === draft.environment) ?? usual;
  const size = (count: number) => bytes(count, language);
  return (
    <>
      <section className="card">
        <h2>
          <label htmlFor="session-environment">{t('start.environment')}</label>
        </h2>
        <Choice
          id="session-environment"
          value={chosen?.name ?? ''}
          options={environments.map(({ name, title }) => ({ value: name, label: title || name }))}
          onChange={(name) => onChange({ environment: name === usual?.name ? null : name })}
        />
        {chosen && chosen.programs.length > 0 && (
          <details className="programs">
            <summary>{t('start.programs', { count: chosen.programs.length })}</summary>
            <p className="mono">{chosen.programs.join(' ')}</p>
          </details>
        )}
        <h3>{t('start.environ')}</h3>
        <Variables
          variables={draft.environ}
          faults={faults.environ}
          onChange={(environ) => onChange({ environ })}
        />
      </section>
      <section className="card">
        <h2>{t('start.resources')}</h2>
        <p className="help">{t('start.resourcesWhat')}</p>
        <Form layout="vertical" component={false}>
          <div className="fields">
            <Amount
              id="session-memory"
              label={t('start.memory')}
              value={draft.memoryBytes}
              offered={MEMORY_BYTES}
              shown={size}
              usual={t('start.usual', { value: size(DEFAULTS.memoryBytes) })}
              onChange={(memoryBytes) => onChange({ memoryBytes })}
            />
            <Amount
              id="session-scratch"
              label={t('start.scratch')}
              value={draft.scratchBytes}
              offered={SCRATCH_BYTES}
              shown={size}
              usual={t('start.usual', { value: size(DEFAULTS.scratchBytes) })}
              onChange={(scratchBytes) => onChange({ scratchBytes })}
            />
            <Amount
              id="session-processes"
              label={t('start.processes')}
              value={draft.processesMax}
              offered={PROCESSES}
              shown={(count) => count.toLocaleString(language)}
              usual={t('start.usual', { value: DEFAULTS.processesMax })}
              onChange={(processesMax) => onChange({ processesMax })}
            />
            <Amount
              id="session-idle"
              label={t('start.idle')}
              value={draft.idleSeconds}
              offered={IDLE_SECONDS}
              shown={(count) => t('start.idleAfter', { time: duration(count, language) })}
              usual={t('start.idleNever')}
              onChange={(idleSeconds) => onChange({ idleSeconds })}
            />
          </div>
        </Form>
      </section>
    </>
  );
}

interface AmountProps {
  id: string;
  label: string;
  /** Null: the server's default. */
  value: number | null;
  offered: readonly number[];
  shown: (count: number) => string;
  /** What the default is called. */
  usual: string;
  onChange: (value: number | null) => void;
}

function Amount({ id, label, value, offered, shown, usual, onChange }: AmountProps) {
  const options = [
    { value: 0, label: usual },
    ...offered.map((count) => ({ value: count, label: shown(count) })),
  ];
  return (
    <Form.Item label={label} htmlFor={id}>
      <Choice
        id={id}
        value={value ?? 0}
        options={options}
        onChange={(count) => onChange(count === 0 ? null : count)}
      />
    </Form.Item>
  );
}

interface VariablesProps {
  variables: Variable[];
  faults: DraftFaults['environ'];
  onChange: (variables: Variable[]) => void;
}

function Variables({ variables, faults, onChange }: VariablesProps) {
  const { t } = useTranslation();
  const change = (index: number, changes: Partial<Variable>) =>
    onChange(variables.map((one, at) => (at === index ? { ...one, ...changes } : one)));
  return (
    <ul className="variables">
      {variables.map((variable, index) => {
        const fault = variable.name === '' ? null : (faults[index] ?? null);
        return (
          // They have no identity but their place.
          <li key={index}>
            <Input
              className="mono"
              value={variable.name}
              placeholder={t('start.variable')}
              aria-label={t('start.variable')}
              aria-invalid={faults[index] !== null}
              {...(fault !== null && { status: 'error' })}
              spellCheck={false}
              autoCapitalize="off"
              onChange={(event) => change(index, { name: event.target.value })}
            />
            <Input
              className="mono"
              value={variable.value}
              placeholder={t('start.value')}
              aria-label={t('start.valueOf', { name: variable.name })}
              spellCheck={false}
              autoCapitalize="off"
              onChange={(event) => change(index, { value: event.target.value })}
            />
            <Button
              type="text"
              icon={<RemoveIcon />}
              aria-label={t('start.variableRemove', { name: variable.name })}
              title={t('start.variableRemove', { name: variable.name })}
              onClick={() => onChange(variables.filter((_, at) => at !== index))}
            />
            {fault !== null && <p className="said fault">{t(`start.environFault.${fault}`)}</p>}
          </li>
        );
      })}
      <li>
        <Button
          type="dashed"
          icon={<CreateIcon />}
          onClick={() => onChange([...variables, { name: '', value: '' }])}
        >
          {t('start.variableAdd')}
        </Button>
      </li>
    </ul>
  );
}
