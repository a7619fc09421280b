/** A failed call, told where it matters. */
import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { problemWords } from './problemWords';

export function ProblemAlert({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  const { title, details } = problemWords(error, t);
  return (
    <Alert
      type="error"
      showIcon
      role="alert"
      title={title}
      description={
        details.length > 0 && (
          <ul className="plain">
            {details.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        )
      }
      action={
        onRetry && (
          <Button size="small" onClick={onRetry}>
            {t('app.retry')}
          </Button>
        )
      }
    />
  );
}
