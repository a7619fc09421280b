/** The terminal of a session, full page, at an address that can be kept: `/sessions/ID/terminal?name=main`. */
import '@xterm/xterm/css/xterm.css';
import { Button } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams, useSearchParams } from 'react-router';
import { queryClient, ME } from '../api/queries';
import { useDark } from '../app/preferences';
import { to } from '../app/routes';
import { useSession } from '../sessions/sessions';
import { BackIcon, SearchIcon, LargerIcon, SmallerIcon } from '../ui/icons';
import { usePageTitle } from '../ui/usePageTitle';
import { coloursOf } from './colours';
import { ConnectionLine } from './ConnectionLine';
import { KeyRow } from './KeyRow';
import { withControl } from './keys';
import { probe } from './probe';
import { Screen } from './screen';
import { SearchBar, type Matches } from './SearchBar';
import { TerminalSocket, type ConnectionState } from './socket';
import { useFontSize } from './useFontSize';

const NO_MATCHES: Matches = { index: 0, count: 0 };

export function TerminalPage() {
  const { session = '' } = useParams();
  const [parameters] = useSearchParams();
  const name = parameters.get('name') ?? 'main';
  /** Counts the shells that were opened here after one had ended. */
  const [shell, setShell] = useState(0);
  return (
    <OneTerminal
      key={`${session} ${name} ${shell}`}
      session={session}
      name={name}
      onNewShell={() => setShell(shell + 1)}
    />
  );
}

interface OneTerminalProps {
  session: string;
  name: string;
  onNewShell: () => void;
}

function OneTerminal({ session, name, onNewShell }: OneTerminalProps) {
  const { t } = useTranslation();
  const dark = useDark();
  const { data: details } = useSession(session);
  const [fontSize, setFontSize] = useFontSize();
  const [state, setState] = useState<ConnectionState>({ kind: 'connecting' });
  const [title, setTitle] = useState('');
  const [searching, setSearching] = useState(false);
  const [matches, setMatches] = useState(NO_MATCHES);
  const [control, setControl] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const screen = useRef<Screen>(null);
  const socket = useRef<TerminalSocket>(null);
  /** Ctrl of the on-screen row waits for the next key. */
  const controlNext = useRef(false);

  const sessionName = details?.name ?? t('terminal.title');
  usePageTitle(title === '' ? sessionName : `${title} · ${sessionName}`);

  const holdControl = (held: boolean) => {
    controlNext.current = held;
    setControl(held);
  };

  useEffect(() => {
    if (place.current === null) return;
    const shown = new Screen(place.current, {
      fontSize,
      colours: coloursOf(dark),
      label: t('terminal.title'),
      onInput: (bytes) => {
        if (!controlNext.current) return void socket.current?.send(bytes);
        holdControl(false);
        socket.current?.send(new TextEncoder().encode(withControl(new TextDecoder().decode(bytes))));
      },
      onResize: (size) => socket.current?.resize(size),
      onSearch: () => setSearching(true),
      onMatches: (index, count) => setMatches({ index, count }),
    });
    const connection = new TerminalSocket({
      url: terminalAddress(session, name),
      size: () => shown.size,
      probe: () => probe(session),
      onOutput: (bytes, drawn) => shown.write(bytes, drawn),
      onReset: () => shown.reset(),
      // Until a program sets a title, the server tells the terminal's name.
      onTitle: (told) => setTitle(told === name ? '' : told),
      onState: setState,
    });
    screen.current = shown;
    socket.current = connection;
    shown.focus();
    const backOnline = () => connection.retryNow();
    window.addEventListener('online', backOnline);
    return () => {
      window.removeEventListener('online', backOnline);
      connection.dispose();
      shown.dispose();
    };
    // Appearance and font size are followed below; the words of the label may lag a change of language.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [session, name]);

  useEffect(() => screen.current?.look({ colours: coloursOf(dark), fontSize }), [dark, fontSize]);

  const over = state.kind === 'shell-ended' || state.kind === 'session-gone';
  useEffect(() => screen.current?.freeze(over), [over]);
  useEffect(() => {
    if (state.kind !== 'logged-out') return;
    queryClient.setQueryData(ME, null); // the guard of the route asks for the login and returns here
  }, [state.kind]);

  return (
    <div className="terminal-page" style={{ background: coloursOf(dark).background }}>
      <header className="terminal-bar">
        <Link className="terminal-back" to={to.sessions} aria-label={t('terminal.back')}>
          <BackIcon />
        </Link>
        <h1>{sessionName}</h1>
        <span className={`dot ${state.kind}`} aria-hidden />
        {searching ? (
          <SearchBar
            screen={screen}
            matches={matches}
            onClose={() => {
              setSearching(false);
              setMatches(NO_MATCHES);
              screen.current?.endSearch();
            }}
          />
        ) : (
          <div className="bar-end">
            <Button
              type="text"
              icon={<SearchIcon />}
              title={t('terminal.searchShortcut')}
              aria-label={t('terminal.searchShortcut')}
              onClick={() => setSearching(true)}
            />
            <Button
              type="text"
              icon={<SmallerIcon />}
              title={t('terminal.smaller')}
              aria-label={t('terminal.smaller')}
              onClick={() => setFontSize(fontSize - 1)}
            />
            <Button
              type="text"
              icon={<LargerIcon />}
              title={t('terminal.larger')}
              aria-label={t('terminal.larger')}
              onClick={() => setFontSize(fontSize + 1)}
            />
          </div>
        )}
      </header>
      <main className="terminal-main">
        <ConnectionLine state={state} onRetry={() => socket.current?.retryNow()} onNewShell={onNewShell} />
        <div className="terminal-screen" ref={place} />
      </main>
      <KeyRow
        control={control}
        onControl={holdControl}
        onKey={(text) => screen.current?.type(text)}
        applicationKeys={() => screen.current?.applicationCursorKeys ?? false}
      />
    </div>
  );
}

function terminalAddress(session: string, name: string): string {
  const path = `/api/v1/sessions/${encodeURIComponent(session)}/terminal?name=${encodeURIComponent(name)}`;
  return new URL(path, window.location.href.replace(/^http/, 'ws')).href;
}
