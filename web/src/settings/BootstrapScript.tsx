/** The script that runs once in every new session. */
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Loading } from '../ui/DataTable';
import { ProblemAlert } from '../ui/ProblemAlert';
import { useTell } from '../ui/useTell';
import { useBootstrapScript, useWriteBootstrapScript } from './settings';

export function BootstrapScript() {
  const { t } = useTranslation();
  const { data: script, error, refetch } = useBootstrapScript();
  return (
    <section className="settings" aria-labelledby="bootstrap-script">
      <header>
        <h2 id="bootstrap-script">{t('settings.bootstrap')}</h2>
      </header>
      <p className="quiet">{t('settings.bootstrapWhat')}</p>
      {error && <ProblemAlert error={error} onRetry={() => void refetch()} />}
      {script === undefined ? !error && <Loading label={t('app.loading')} /> : <Editor script={script} />}
    </section>
  );
}

function Editor({ script }: { script: string }) {
  const { t } = useTranslation();
  const tell = useTell();
  const write = useWriteBootstrapScript();
  /** What was typed; `null`: as the server has it. */
  const [typed, setTyped] = useState<string | null>(null);
  const text = typed ?? script;
  const save = () =>
    write.mutate(text, {
      onSuccess: () => {
        setTyped(null);
        tell.done(t('settings.bootstrapSaved'));
      },
      onError: tell.failed,
    });
  return (
    <>
      <textarea
        className="code-field"
        rows={8}
        aria-labelledby="bootstrap-script"
        spellCheck={false}
        autoCapitalize="off"
        wrap="off"
        value={text}
        onChange={(event) => setTyped(event.target.value)}
      />
      <div className="settings-foot">
        <Button type="primary" disabled={text === script} loading={write.isPending} onClick={save}>
          {t('settings.saveScript')}
        </Button>
      </div>
    </>
  );
}
