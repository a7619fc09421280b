/** What is on its way to the server, on every page. */
import { Button, Progress } from 'antd';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences';
import { CloseIcon, RetryIcon } from '../ui/icons';
import { problemWords } from '../ui/problemWords';
import { bytes } from '../ui/units';
import { shown } from './paths';
import type { Upload } from './uploads';
import { uploads, useUploads } from './useUploads';

export function UploadsPanel() {
  const { t } = useTranslation();
  const all = useUploads();
  return (
    <aside className="uploads card" aria-label={t('files.uploads')}>
      <div className="card-line">
        <h2>{t('files.uploads')}</h2>
        {!uploads.busy && (
          <Button
            type="text"
            size="small"
            icon={<CloseIcon />}
            aria-label={t('files.uploadsClose')}
            onClick={() => uploads.clear()}
          />
        )}
      </div>
      <ul className="plain">
        {all.map((upload) => (
          <UploadRow key={upload.id} upload={upload} />
        ))}
      </ul>
    </aside>
  );
}

function UploadRow({ upload }: { upload: Upload }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { id, path, folderName, state, sentBytes, body, problem } = upload;
  const name = shown(path.split('/').at(-1) ?? path);
  const said =
    state === 'failed'
      ? problemWords(problem, t).title
      : t(`files.uploadState.${state}`, {
          sent: bytes(sentBytes, language),
          size: bytes(body.size, language),
        });
  const status = state === 'done' ? 'success' : state === 'failed' ? 'exception' : 'normal';
  return (
    <li>
      <div className="card-line">
        <span className="name" title={`${folderName}/${shown(path)}`}>
          {name}
        </span>
        {(state === 'waiting' || state === 'sending') && (
          <Button
            type="text"
            size="small"
            icon={<CloseIcon />}
            aria-label={t('files.uploadCancel', { name })}
            onClick={() => uploads.cancel(id)}
          />
        )}
        {(state === 'failed' || state === 'cancelled') && (
          <Button
            type="text"
            size="small"
            icon={<RetryIcon />}
            aria-label={t('files.uploadRetry', { name })}
            onClick={() => uploads.retry(id)}
          />
        )}
      </div>
      <Progress
        percent={state === 'done' ? 100 : Math.floor((sentBytes / Math.max(body.size, 1)) * 100)}
        size="small"
        showInfo={false}
        status={status}
        aria-label={name}
      />
      <div className={state === 'failed' ? 'said fault' : 'said'}>{said}</div>
    </li>
  );
}
