import { Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Session } from './sessions';

const COLOURS: Record<Session['status'], string> = {
  PENDING: 'default',
  PREPARING: 'processing',
  RUNNING: 'success',
  TERMINATING: 'warning',
  TERMINATED: 'default',
  ERROR: 'error',
};

export function StatusTag({ session }: { session: Session }) {
  const { t } = useTranslation();
  return (
    <Tag color={COLOURS[session.status]} title={session.status_info ?? undefined}>
      {t(`sessions.statusName.${session.status}`)}
    </Tag>
  );
}
