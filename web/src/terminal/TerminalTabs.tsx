/** The terminals of a session: links, since each has an address. */
import { Button } from 'antd';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { to } from '../app/routes';
import { CloseIcon, CreateIcon } from '../ui/icons';
import { LinkButton } from '../ui/LinkButton';

interface TerminalTabsProps {
  session: string;
  tabs: { name: string; title: string }[];
  current: string;
  /** The name of one more; null when there may not be another. */
  next: string | null;
  onClose: (name: string) => void;
}

export function TerminalTabs({ session, tabs, current, next, onClose }: TerminalTabsProps) {
  const { t } = useTranslation();
  const shown = useRef<HTMLLIElement>(null);
  useEffect(
    // Newer browsers answer with a promise, which React would take for what undoes the effect.
    () => void shown.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' }),
    [current, tabs.length],
  );
  return (
    <nav className="terminal-tabs" aria-label={t('terminal.tabs')}>
      <ul>
        {tabs.map(({ name, title }) => (
          <li key={name} {...(name === current && { className: 'current', ref: shown })}>
            <Link
              to={to.terminal(session, name)}
              title={title === '' ? name : `${name}: ${title}`}
              {...(name === current && { 'aria-current': 'page' })}
            >
              {name}
            </Link>
            {tabs.length > 1 && (
              <Button
                type="text"
                size="small"
                icon={<CloseIcon />}
                aria-label={t('terminal.closeOf', { name })}
                title={t('terminal.close')}
                onClick={() => onClose(name)}
              />
            )}
          </li>
        ))}
      </ul>
      {next !== null && (
        <LinkButton
          type="text"
          size="small"
          icon={<CreateIcon />}
          to={to.terminal(session, next)}
          aria-label={t('terminal.new')}
          title={t('terminal.new')}
        />
      )}
    </nav>
  );
}
