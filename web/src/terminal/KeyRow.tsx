/** The keys that a telephone's keyboard lacks; shown on touch screens only (app/style.css). */
import { useTranslation } from 'react-i18next';
import { arrow } from './keys';

interface KeyRowProps {
  /** Ctrl is held for the next key. */
  control: boolean;
  onControl: (held: boolean) => void;
  onKey: (text: string) => void;
  /** Did a program ask for cursor keys of its own? */
  applicationKeys: () => boolean;
}

export function KeyRow({ control, onControl, onKey, applicationKeys }: KeyRowProps) {
  const { t } = useTranslation();
  const key = (shown: string, label: string, text: () => string) => (
    // The focus stays in the terminal, so that the keyboard stays open.
    <button type="button" aria-label={label} onPointerDown={keepFocus} onClick={() => onKey(text())}>
      {shown}
    </button>
  );
  return (
    <div className="key-row" role="toolbar" aria-label={t('terminal.keys')}>
      {key('Esc', 'Escape', () => '\u001b')}
      {key('Tab', 'Tab', () => '\t')}
      <button
        type="button"
        aria-pressed={control}
        onPointerDown={keepFocus}
        onClick={() => onControl(!control)}
      >
        Ctrl
      </button>
      {key('←', t('terminal.keyLeft'), () => arrow('left', applicationKeys()))}
      {key('↑', t('terminal.keyUp'), () => arrow('up', applicationKeys()))}
      {key('↓', t('terminal.keyDown'), () => arrow('down', applicationKeys()))}
      {key('→', t('terminal.keyRight'), () => arrow('right', applicationKeys()))}
    </div>
  );
}

function keepFocus(event: { preventDefault: () => void }): void {
  event.preventDefault();
}
