import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import { problemWords } from './problemWords';

/** Ways to tell the outcome of something that was asked for elsewhere on the page. */
export function useTell() {
  const { t } = useTranslation();
  const { message, notification } = App.useApp();
  return {
    done: (text: string) => void message.success(text),
    failed: (error: unknown) => {
      const { title, details } = problemWords(error, t);
      notification.error({ title, description: details.join(' '), role: 'alert' });
    },
  };
}
