/** One terminal of a session: its screen, its connection, and what there is to say about it. */
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { queryClient, ME } from '../api/queries';
import { useDark } from '../app/preferences';
import { coloursOf } from './colours';
import { ConnectionLine } from './ConnectionLine';
import { KeyRow } from './KeyRow';
import { withControl } from './keys';
import { probe } from './probe';
import { Screen } from './screen';
import { SearchBar, type Matches } from './SearchBar';
import { TerminalSocket, type ConnectionState } from './socket';

const NO_MATCHES: Matches = { index: 0, count: 0 };

interface TerminalViewProps {
  session: string;
  name: string;
  /** It is the one that is looked at. */
  front: boolean;
  fontSize: number;
  searching: boolean;
  onSearching: (searching: boolean) => void;
  onState: (state: ConnectionState['kind']) => void;
  /** What a program calls it; empty for nothing. */
  onTitle: (title: string) => void;
}

export function TerminalView(props: TerminalViewProps) {
  /** Counts the shells that were opened here after one had ended. */
  const [shell, setShell] = useState(0);
  return <OneShell key={shell} {...props} onNewShell={() => setShell(shell + 1)} />;
}

function OneShell(props: TerminalViewProps & { onNewShell: () => void }) {
  const { session, name, front, fontSize, searching, onSearching, onState, onTitle, onNewShell } = props;
  const { t } = useTranslation();
  const dark = useDark();
  const [state, setState] = useState<ConnectionState>({ kind: 'connecting' });
  const [matches, setMatches] = useState(NO_MATCHES);
  const [control, setControl] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const screen = useRef<Screen>(null);
  const socket = useRef<TerminalSocket>(null);
  /** Ctrl of the on-screen row waits for the next key. */
  const controlNext = useRef(false);

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
      onSearch: () => onSearching(true),
      onMatches: (index, count) => setMatches({ index, count }),
    });
    const connection = new TerminalSocket({
      url: terminalAddress(session, name),
      size: () => shown.size,
      probe: () => probe(session),
      onOutput: (bytes, drawn) => shown.write(bytes, drawn),
      onReset: () => shown.reset(),
      // Until a program sets a title, the server tells the terminal's name.
      onTitle: (told) => onTitle(told === name ? '' : told),
      onState: (now) => {
        setState(now);
        onState(now.kind);
      },
    });
    screen.current = shown;
    socket.current = connection;
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
  useEffect(() => {
    if (front) screen.current?.focus();
  }, [front]);

  const over = state.kind === 'shell-ended' || state.kind === 'session-gone';
  useEffect(() => screen.current?.freeze(over), [over]);
  useEffect(() => {
    if (state.kind !== 'logged-out') return;
    queryClient.setQueryData(ME, null); // the guard of the route asks for the login and returns here
  }, [state.kind]);

  return (
    <section className={front ? 'terminal-view front' : 'terminal-view'} inert={!front} aria-label={name}>
      {searching && (
        <SearchBar
          screen={screen}
          matches={matches}
          onClose={() => {
            onSearching(false);
            setMatches(NO_MATCHES);
            screen.current?.endSearch();
          }}
        />
      )}
      <div className={over ? 'terminal-body over' : 'terminal-body'}>
        <ConnectionLine state={state} onRetry={() => socket.current?.retryNow()} onNewShell={onNewShell} />
        <div className="terminal-screen" ref={place} />
      </div>
      <KeyRow
        control={control}
        onControl={holdControl}
        onKey={(text) => screen.current?.type(text)}
        applicationKeys={() => screen.current?.applicationCursorKeys ?? false}
      />
    </section>
  );
}

function terminalAddress(session: string, name: string): string {
  const path = `/api/v1/sessions/${encodeURIComponent(session)}/terminal?name=${encodeURIComponent(name)}`;
  return new URL(path, window.location.href.replace(/^http/, 'ws')).href;
}
