/** The text of a file, to be changed and saved; tells when somebody else has changed the file meanwhile. */
import { Alert, Button } from 'antd';
import { useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemError } from '../api/problem';
import { ProblemAlert } from '../ui/ProblemAlert';
import { DownloadIcon } from '../ui/icons';
import { useTell } from '../ui/useTell';
import { refreshFiles } from './files';
import { contentUrl, shown } from './paths';
import { openText, writeText, type Condition, type TextFile } from './text';

const PRECONDITION_FAILED = 412;

interface TextEditorProps {
  folder: string;
  path: string;
  file: TextFile;
  onDirty: (dirty: boolean) => void;
}

export function TextEditor({ folder, path, file, onDirty }: TextEditorProps) {
  const { t } = useTranslation();
  const tell = useTell();
  /** As the server has it, as far as is known here. */
  const [base, setBase] = useState(file);
  const [text, setText] = useState(file.text);
  const [state, setState] = useState<'idle' | 'busy' | 'conflict'>('idle');
  const [error, setError] = useState<unknown>(null);
  const name = shown(path.split('/').at(-1) ?? path);
  const dirty = text !== base.text;

  const change = (changed: string) => {
    setText(changed);
    onDirty(changed !== base.text);
  };
  const run = async (work: () => Promise<void>) => {
    setState('busy');
    setError(null);
    try {
      await work();
      setState('idle');
    } catch (failed) {
      const conflict = failed instanceof ProblemError && failed.status === PRECONDITION_FAILED;
      setState(conflict ? 'conflict' : 'idle');
      if (!conflict) setError(failed);
    }
  };
  const save = (condition: Condition) =>
    run(async () => {
      const etag = await writeText(folder, path, text, condition, base.lineEnd);
      setBase({ ...base, text, etag });
      onDirty(false);
      refreshFiles(folder);
      tell.done(t('files.saved', { name }));
    });
  const saveUnchanged = () => void save({ kind: 'unchanged', etag: base.etag });
  const takeTheirs = () =>
    void run(async () => {
      const theirs = await openText(folder, path, new AbortController().signal);
      if (theirs.kind !== 'text') throw new Error(t('files.noText'));
      setBase(theirs);
      setText(theirs.text);
      onDirty(false);
    });
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key.toLowerCase() !== 's' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (dirty && state === 'idle') saveUnchanged();
  };
  return (
    <div className="editor">
      {state === 'conflict' && (
        <Alert
          type="warning"
          showIcon
          role="alert"
          title={t('files.conflictTitle', { name })}
          description={t('files.conflict')}
          action={
            <div className="conflict-actions">
              <Button size="small" onClick={takeTheirs}>
                {t('files.takeTheirs')}
              </Button>
              <Button size="small" danger onClick={() => void save({ kind: 'any' })}>
                {t('files.keepMine')}
              </Button>
            </div>
          }
        />
      )}
      {error !== null && <ProblemAlert error={error} />}
      <textarea
        className="mono"
        aria-label={t('files.textOf', { name })}
        value={text}
        spellCheck={false}
        autoCapitalize="off"
        wrap="off"
        onChange={(event) => change(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className="editor-foot">
        <Button icon={<DownloadIcon />} href={contentUrl(folder, path)} download={name}>
          {t('files.download')}
        </Button>
        <span className="quiet" role="status">
          {dirty ? t('files.unsavedChanges') : ''}
        </span>
        <Button
          type="primary"
          disabled={!dirty || state === 'conflict'}
          loading={state === 'busy'}
          onClick={saveUnchanged}
        >
          {t('files.save')}
        </Button>
      </div>
    </div>
  );
}
