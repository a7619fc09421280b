/** Puts text on the clipboard and says that it did. */
import { Button } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CopiedIcon, CopyIcon } from './icons';

const SAID_MS = 2_000;

interface CopyButtonProps {
  text: string;
  /** What is copied, for those who do not see what stands beside the button. */
  label: string;
  /** With words on it; otherwise an icon only. */
  worded?: boolean;
}

export function CopyButton({ text, label, worded = false }: CopyButtonProps) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SAID_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const said = copied ? t('app.copied') : label;
  return (
    <Button
      type={worded ? 'default' : 'text'}
      size="small"
      icon={copied ? <CopiedIcon /> : <CopyIcon />}
      aria-label={said}
      title={said}
      onClick={() => void copy(text).then(setCopied)}
    >
      {worded && (copied ? t('app.copied') : t('app.copy'))}
    </Button>
  );
}

/** Also without the clipboard interface, which browsers offer on secure connections only. */
async function copy(text: string): Promise<boolean> {
  if (window.isSecureContext) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
  }
  const field = document.createElement('textarea');
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  return done;
}
