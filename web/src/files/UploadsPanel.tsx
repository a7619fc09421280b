/** What is on its way to the server, on every page. */
import { Button, Progress } from 'antd';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences';
import { CloseIcon, RetryIcon } from '../ui/icons';
import { problemWords } from '../ui/problemWords';
import { bytes } from '../ui/units';
import { shown } from './paths';
import { totalsOf, type Upload } from './uploads';
import { uploads, useUploads } from './useUploads';

/** Files shown one by one: what is under way, what failed, and the next ones. */
const SHOWN_MAX = 20;
const ORDER: Upload['state'][] = ['sending', 'failed', 'waiting', 'cancelled', 'done'];

export function UploadsPanel() {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const all = useUploads();
  const totals = totalsOf(all);
  const busy = totals.open > 0;
  const shownUploads = ORDER.flatMap((state) => all.filter((upload) => upload.state === state)).slice(
    0,
    SHOWN_MAX,
  );
  return (
    <aside className="uploads card" aria-label={t('files.uploads')}>
      <div className="card-line">
        <div>
          <h2>{t('files.uploads')}</h2>
          <div className="quiet small" role="status">
            {t('files.uploadTotals', { done: totals.done, count: totals.count })}
            {busy && ` · ${bytes(totals.sentBytes, language)} / ${bytes(totals.bytes, language)}`}
            {totals.undone > 0 && ` · ${t('files.uploadUndone', { count: totals.undone })}`}
          </div>
        </div>
        {busy ? (
          <Button size="small" onClick={() => uploads.cancelAll()}>
            {t('files.uploadCancelAll')}
          </Button>
        ) : (
          <Button
            type="text"
            size="small"
            icon={<CloseIcon />}
            aria-label={t('files.uploadsClose')}
            onClick={() => uploads.clear()}
          />
        )}
      </div>
      {totals.count > 1 && busy && (
        <Progress
          percent={percentOf(totals.sentBytes, totals.bytes)}
          showInfo={false}
          size="small"
          aria-label={t('files.uploads')}
        />
      )}
      <ul className="plain">
        {shownUploads.map((upload) => (
          <UploadRow key={upload.id} upload={upload} />
        ))}
      </ul>
      {all.length > SHOWN_MAX && (
        <p className="quiet small">{t('files.uploadMore', { count: all.length - SHOWN_MAX })}</p>
      )}
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
      {state === 'sending' && (
        <Progress percent={percentOf(sentBytes, body.size)} showInfo={false} size="small" aria-label={name} />
      )}
      <div className={state === 'failed' ? 'said fault' : 'said'}>{said}</div>
    </li>
  );
}

function percentOf(part: number, whole: number): number {
  return whole === 0 ? 100 : Math.round((part / whole) * 100);
}
