/** Search in what the terminal shows and has shown. */
import { Button, Input } from 'antd';
import { useState, type KeyboardEvent, type RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import { CloseIcon, NextIcon, PreviousIcon } from '../ui/icons';
import type { Screen } from './screen';

export interface Matches {
  /** From 1; 0 when there is none. */
  index: number;
  count: number;
}

interface SearchBarProps {
  screen: RefObject<Screen | null>;
  matches: Matches;
  onClose: () => void;
}

export function SearchBar({ screen, matches, onClose }: SearchBarProps) {
  const { t } = useTranslation();
  const [text, setText] = useState('');

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onClose();
    else if (event.key === 'Enter' && event.shiftKey) screen.current?.findPrevious(text);
    else if (event.key === 'Enter') screen.current?.findNext(text);
  };
  return (
    <search className="terminal-search">
      <Input
        autoFocus
        size="small"
        value={text}
        placeholder={t('terminal.search')}
        aria-label={t('terminal.search')}
        spellCheck={false}
        onKeyDown={onKeyDown}
        onChange={(event) => {
          setText(event.target.value);
          screen.current?.findPrevious(event.target.value); // the latest output first
        }}
      />
      <span className="quiet nowrap" role="status">
        {text !== '' &&
          (matches.count === 0 ? t('terminal.noMatches') : t('terminal.matches', { ...matches }))}
      </span>
      <Button
        type="text"
        size="small"
        icon={<PreviousIcon />}
        aria-label={t('terminal.searchPrevious')}
        onClick={() => screen.current?.findPrevious(text)}
      />
      <Button
        type="text"
        size="small"
        icon={<NextIcon />}
        aria-label={t('terminal.searchNext')}
        onClick={() => screen.current?.findNext(text)}
      />
      <Button
        type="text"
        size="small"
        icon={<CloseIcon />}
        aria-label={t('terminal.searchClose')}
        onClick={onClose}
      />
    </search>
  );
}
