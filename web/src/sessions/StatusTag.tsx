import { Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Session } from './sessions';
import { statusWords } from './statusWords';

const STATUSES = {
  PENDING: 'default',
  PREPARING: 'processing',
  RUNNING: 'success',
  TERMINATING: 'warning',
  TERMINATED: 'default',
  ERROR: 'error',
};

/** The status in words; one that this page does not know yet is shown as it is. */
export function StatusTag({ session: { status, status_info } }: { session: Session }) {
  const { t } = useTranslation();
  const title = status_info == null ? undefined : statusWords(status_info, t);
  if (!isKnown(status)) return <Tag title={title}>{status}</Tag>;
  return (
    <Tag color={STATUSES[status]} title={title}>
      {t(`sessions.statusName.${status}`)}
    </Tag>
  );
}

function isKnown(status: string): status is keyof typeof STATUSES {
  return status in STATUSES;
}
