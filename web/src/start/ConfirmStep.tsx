/** Everything that was chosen, once more, and the same as a command. */
import { Alert, Button, Tag } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences';
import type { Environment } from '../sessions/sessions';
import { CopyButton } from '../ui/CopyButton';
import { bytes, duration } from '../ui/units';
import type { Plan } from './choices';
import { curlOf, TOKEN_VARIABLE } from './curl';
import { DEFAULTS, requestOf, type Draft, type Step } from './draft';

interface ConfirmStepProps {
  draft: Draft;
  plan: Plan;
  environments: Environment[];
  /** The first step on which something is wrong. */
  faulty: Step | null;
  onEdit: (step: Step) => void;
}

export function ConfirmStep({ draft, plan, environments, faulty, onEdit }: ConfirmStepProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const environment =
    environments.find(({ name }) => name === draft.environment) ?? environments.find((one) => one.default);
  const size = (count: number) => bytes(count, language);
  const curl = curlOf(window.location.origin, requestOf(draft, plan));
  const edit = (step: Step) => ({ step, faulty: faulty === step, onEdit });
  return (
    <>
      {plan.ticked === 0 && (
        <Alert className="below" type="warning" showIcon title={t('start.nothingChosen')} />
      )}
      <div className="summary">
        <Summary title={t('start.step.type')} {...edit('type')}>
          <dl className="facts">
            <dt>{t('start.name')}</dt>
            <dd className="name">{draft.name.trim()}</dd>
            <dt>{t('sessions.type')}</dt>
            <dd>{t(`sessions.typeName.${draft.type}`)}</dd>
          </dl>
          {draft.type === 'batch' && <pre className="code">{draft.command}</pre>}
        </Summary>
        <Summary title={t('start.step.environment')} {...edit('environment')}>
          <dl className="facts">
            <dt>{t('start.environment')}</dt>
            <dd>{environment?.title ?? draft.environment}</dd>
            <dt>{t('start.memory')}</dt>
            <dd>{size(draft.memoryBytes ?? DEFAULTS.memoryBytes)}</dd>
            <dt>{t('start.scratch')}</dt>
            <dd>{size(draft.scratchBytes ?? DEFAULTS.scratchBytes)}</dd>
            <dt>{t('start.processes')}</dt>
            <dd>{(draft.processesMax ?? DEFAULTS.processesMax).toLocaleString(language)}</dd>
            <dt>{t('start.idle')}</dt>
            <dd>
              {draft.idleSeconds === null
                ? t('start.idleNever')
                : t('start.idleAfter', { time: duration(draft.idleSeconds, language) })}
            </dd>
          </dl>
          {draft.environ.length > 0 && (
            <pre className="code">
              {draft.environ.map(({ name, value }) => `${name}=${value}`).join('\n')}
            </pre>
          )}
        </Summary>
      </div>
      <Summary title={t('start.step.folders')} {...edit('folders')}>
        <ul className="lines">
          {plan.candidates.map(
            ({ folder, choice, place }) =>
              choice !== null && (
                <li key={folder.id}>
                  <span className="name">{folder.name}</span>
                  <code>{place ?? choice.path}</code>
                  <span>
                    {(choice.readOnly || folder.permission === 'ro') && <Tag>{t('sessions.readOnly')}</Tag>}
                  </span>
                </li>
              ),
          )}
          {plan.automounts.map(({ folder, place }) => (
            <li key={folder.id}>
              <span className="name">{folder.name}</span>
              <code>{place}</code>
              <span>
                <Tag>{t('folders.automount')}</Tag>
              </span>
            </li>
          ))}
        </ul>
        {plan.ticked + plan.automounts.length === 0 && <p className="quiet">{t('sessions.noMounts')}</p>}
      </Summary>
      <section className="card">
        <div className="card-head">
          <div>
            <h2>{t('start.curl')}</h2>
            <p className="quiet">{t('start.curlWhat', { variable: `$${TOKEN_VARIABLE}` })}</p>
          </div>
          <CopyButton text={curl} label={t('start.curlCopy')} worded />
        </div>
        <pre className="code" tabIndex={0} aria-label={t('start.curl')}>
          {curl}
        </pre>
      </section>
    </>
  );
}

interface SummaryProps {
  title: string;
  step: Step;
  faulty: boolean;
  onEdit: (step: Step) => void;
  children: ReactNode;
}

function Summary({ title, step, faulty, onEdit, children }: SummaryProps) {
  const { t } = useTranslation();
  return (
    <section className={faulty ? 'card faulty' : 'card'}>
      <div className="card-head">
        <h2>{title}</h2>
        <Button size="small" aria-label={t('start.editOf', { step: title })} onClick={() => onEdit(step)}>
          {t('start.edit')}
        </Button>
      </div>
      {faulty && <p className="said fault">{t('start.faultsHere')}</p>}
      {children}
    </section>
  );
}
