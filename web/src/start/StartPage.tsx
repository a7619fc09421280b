/** The launcher: a session is put together in steps, each at an address of its own (`?step=`). */
import { Button, Steps } from 'antd';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useSearchParams } from 'react-router';
import { to } from '../app/routes';
import { useFolders, type Folder } from '../folders/folders';
import { useEnvironments, useStartSession, type Environment } from '../sessions/sessions';
import { useReadyNotice } from '../sessions/useReadyNotice';
import { Loading } from '../ui/DataTable';
import { LinkButton } from '../ui/LinkButton';
import { PageHeader } from '../ui/PageHeader';
import { ProblemAlert } from '../ui/ProblemAlert';
import { usePageTitle } from '../ui/usePageTitle';
import { plan } from './choices';
import { ConfirmStep } from './ConfirmStep';
import { faultsOf, faultyStep, requestOf, STEPS, type Step } from './draft';
import { EnvironmentStep } from './EnvironmentStep';
import { FoldersStep } from './FoldersStep';
import { TypeStep } from './TypeStep';
import { useDraft } from './useDraft';

export function StartPage() {
  const { t } = useTranslation();
  const environments = useEnvironments();
  const folders = useFolders();
  usePageTitle(t('start.title'));

  // What was there stays while it is asked for again, and so does what was filled in.
  const failed = (!environments.data && environments.error) || (!folders.data && folders.error);
  if (failed) {
    return (
      <ProblemAlert
        error={failed}
        onRetry={() => {
          void environments.refetch();
          void folders.refetch();
        }}
      />
    );
  }
  return (
    <>
      <PageHeader title={t('start.title')} />
      {environments.data && folders.data ? (
        <Launcher environments={environments.data} folders={folders.data} />
      ) : (
        <Loading label={t('app.loading')} />
      )}
    </>
  );
}

function Launcher({ environments, folders }: { environments: Environment[]; folders: Folder[] }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [parameters, setParameters] = useSearchParams();
  const { draft, change, forget } = useDraft();
  const start = useStartSession();
  const tellReady = useReadyNotice();
  const body = useRef<HTMLDivElement>(null);
  /** Steps whose faults are told even where nothing was typed yet: somebody tried to go on. */
  const [tried, setTried] = useState<ReadonlySet<Step>>(new Set());

  const step = STEPS.find((one) => one === parameters.get('step')) ?? 'type';
  const index = STEPS.indexOf(step);
  const mounts = plan(folders, draft.choices);
  const faults = faultsOf(draft, mounts);
  const faulty = faultyStep(faults);

  const go = (target: Step) => {
    if (target === step) return;
    const changed = new URLSearchParams(parameters);
    changed.set('step', target);
    setParameters(changed);
  };
  const focusFault = () => body.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  /** On to `target`, unless something before it is wrong. */
  const advance = (target: Step) => {
    setTried(new Set(STEPS.slice(0, STEPS.indexOf(target))));
    if (faulty === null || STEPS.indexOf(faulty) >= STEPS.indexOf(target)) return go(target);
    go(faulty);
    requestAnimationFrame(focusFault);
  };
  const launch = () => {
    if (faulty !== null) return advance('confirm');
    start.mutate(requestOf(draft, mounts), {
      onSuccess: (session) => {
        forget();
        tellReady(session);
        void navigate(to.sessions);
      },
    });
  };
  const told = tried.has(step);

  return (
    <form
      className="launcher"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (step === 'confirm') launch();
        else advance(STEPS[index + 1] ?? 'confirm');
      }}
    >
      <Steps
        className="steps"
        size="small"
        current={index}
        responsive={false}
        items={STEPS.map((one) => ({
          title: t(`start.step.${one}`),
          ...(tried.has(one) && faulty === one && { status: 'error' as const }),
        }))}
        onChange={(wanted) => advance(STEPS[wanted] ?? 'type')}
      />
      <div ref={body}>
        {step === 'type' && <TypeStep draft={draft} faults={faults} told={told} onChange={change} />}
        {step === 'environment' && (
          <EnvironmentStep draft={draft} faults={faults} environments={environments} onChange={change} />
        )}
        {step === 'folders' && (
          <FoldersStep plan={mounts} choices={draft.choices} onChange={(choices) => change({ choices })} />
        )}
        {step === 'confirm' && (
          <ConfirmStep draft={draft} plan={mounts} environments={environments} faulty={faulty} onEdit={go} />
        )}
      </div>
      {start.error && step === 'confirm' && (
        <div className="below">
          <ProblemAlert error={start.error} />
        </div>
      )}
      <div className="submit-bar">
        <LinkButton type="text" to={to.sessions}>
          {t('app.cancel')}
        </LinkButton>
        <span className={told && faulty === step ? 'said fault' : 'quiet'} role="status">
          {summary()}
        </span>
        {index > 0 && <Button onClick={() => go(STEPS[index - 1] ?? 'type')}>{t('start.back')}</Button>}
        {step !== 'confirm' && step !== 'folders' && (
          <Button className="wide-only" onClick={() => advance('confirm')}>
            {t('start.review')}
          </Button>
        )}
        <Button type="primary" htmlType="submit" loading={start.isPending}>
          {step === 'confirm' ? t('start.submit') : t('start.next')}
        </Button>
      </div>
    </form>
  );

  function summary(): string {
    if (told && faulty === step) return step === 'folders' ? t('start.faults') : t('start.faultsHere');
    if (step !== 'folders' && step !== 'confirm') return '';
    return mounts.ticked === 0 ? t('start.nothingChosen') : t('start.chosen', { count: mounts.ticked });
  }
}
