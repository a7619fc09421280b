import { Button, Form, Input, Select } from 'antd';
import type { TFunction } from 'i18next';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useSearchParams } from 'react-router';
import { to } from '../app/routes';
import { CreateFolder } from '../folders/CreateFolder';
import { useFolders } from '../folders/folders';
import { Loading } from '../ui/DataTable';
import { LinkButton } from '../ui/LinkButton';
import { PageHeader } from '../ui/PageHeader';
import { ProblemAlert } from '../ui/ProblemAlert';
import { CreateIcon } from '../ui/icons';
import { usePageTitle } from '../ui/usePageTitle';
import { mountsOf, NEW_CHOICE, plan, type Choices } from './choices';
import { MountPicker } from './MountPicker';
import {
  SESSION_NAME_CHARACTERS_MAX,
  SESSION_NAME_CHARACTERS_MIN,
  sessionNameFault,
  suggestedSessionName,
} from './names';
import { useEnvironments, useStartSession } from './sessions';
import { useReadyNotice } from './useReadyNotice';

const NAME_CHARACTERS = { min: SESSION_NAME_CHARACTERS_MIN, max: SESSION_NAME_CHARACTERS_MAX };

interface StartForm {
  name: string;
  environment: string;
}

export function StartPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const environments = useEnvironments();
  const folders = useFolders();
  const start = useStartSession();
  const tellReady = useReadyNotice();
  const [choices, setChoices] = useChoices();
  const [creating, setCreating] = useState(false);
  const [asked, setAsked] = useState(false);
  const picker = useRef<HTMLElement>(null);
  usePageTitle(t('start.title'));

  // What was there stays while it is asked for again, and so does what was filled in.
  const failed = (!environments.data && environments.error) || (!folders.data && folders.error);
  const mounts = plan(folders.data ?? [], choices);

  const submit = ({ name, environment }: StartForm) => {
    setAsked(true);
    if (!mounts.sound) {
      picker.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
      return;
    }
    start.mutate(
      { name: name.trim(), environment, type: 'interactive', mounts: mountsOf(mounts) },
      {
        onSuccess: (session) => {
          tellReady(session);
          void navigate(to.sessions);
        },
      },
    );
  };

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
        <Form<StartForm>
          layout="vertical"
          requiredMark={false}
          initialValues={{
            name: suggestedSessionName(),
            environment: (environments.data.find((one) => one.default) ?? environments.data[0])?.name,
          }}
          onFinish={submit}
        >
          <section className="card two">
            <Form.Item
              name="name"
              label={t('start.name')}
              extra={t('start.nameHelp', NAME_CHARACTERS)}
              rules={[{ validator: (_, name: string) => judged(name, t) }]}
            >
              <Input autoComplete="off" spellCheck={false} />
            </Form.Item>
            <Form.Item
              label={t('start.environment')}
              name="environment"
              extra={<Programs environments={environments.data} />}
            >
              <Select
                options={environments.data.map(({ name, title }) => ({ value: name, label: title || name }))}
              />
            </Form.Item>
          </section>
          <section className="card" ref={picker} aria-labelledby="start-folders">
            <div className="card-head">
              <div>
                <h2 id="start-folders">{t('start.folders')}</h2>
                <p className="quiet">{t('start.foldersWhat')}</p>
              </div>
              <Button icon={<CreateIcon />} onClick={() => setCreating(true)}>
                {t('start.createFolder')}
              </Button>
            </div>
            <MountPicker
              plan={mounts}
              choices={choices}
              onChange={setChoices}
              empty={<p className="quiet">{t('start.noFolders')}</p>}
            />
          </section>
          {start.error && (
            <div className="below">
              <ProblemAlert error={start.error} />
            </div>
          )}
          <div className="submit-bar">
            <span className={asked && !mounts.sound ? 'said fault' : 'quiet'} role="status">
              {asked && !mounts.sound
                ? t('start.faults')
                : mounts.ticked === 0
                  ? t('start.nothingChosen')
                  : t('start.chosen', { count: mounts.ticked })}
            </span>
            <LinkButton to={to.sessions}>{t('app.cancel')}</LinkButton>
            <Button type="primary" htmlType="submit" loading={start.isPending}>
              {t('start.submit')}
            </Button>
          </div>
        </Form>
      ) : (
        <Loading label={t('app.loading')} />
      )}
      {creating && (
        <CreateFolder
          onClose={() => setCreating(false)}
          onCreated={(folder) => setChoices(new Map(choices).set(folder.id, NEW_CHOICE))}
        />
      )}
    </>
  );
}

/** The ticked folders; a folder named in the address (`?folder=ID`) is ticked from the beginning. */
function useChoices() {
  const [parameters] = useSearchParams();
  return useState<Choices>(() => {
    const folder = parameters.get('folder');
    return new Map(folder === null ? [] : [[folder, NEW_CHOICE]]);
  });
}

async function judged(name: string, t: TFunction): Promise<void> {
  const fault = sessionNameFault(name.trim());
  if (fault !== null) throw new Error(t(`start.fault.${fault}`, NAME_CHARACTERS));
}

function Programs({ environments }: { environments: { name: string; programs: string[] }[] }) {
  const { t } = useTranslation();
  const chosen: unknown = Form.useWatch('environment');
  const programs = environments.find(({ name }) => name === chosen)?.programs ?? [];
  return programs.length === 0 ? null : (
    <span className="programs">{t('start.programs', { programs: programs.join(', ') })}</span>
  );
}
