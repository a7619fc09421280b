/**
 * The terminals of a session, full page, at an address that can be kept: `/sessions/ID/terminal?name=main`. Each
 * is a tab; one that was looked at stays connected while another is in front.
 */
import '@xterm/xterm/css/xterm.css';
import { App, Button } from 'antd';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router';
import { asProblem } from '../api/problem';
import { useDark } from '../app/preferences';
import { overlaid } from '../app/overlay';
import { to } from '../app/routes';
import { isLive, useCloseTerminal, useSession } from '../sessions/sessions';
import { BackIcon, SearchIcon, LargerIcon, SmallerIcon } from '../ui/icons';
import { usePageTitle } from '../ui/usePageTitle';
import { useTell } from '../ui/useTell';
import { coloursOf } from './colours';
import type { ConnectionState } from './socket';
import { neighbour, nextTab, tabsOf, MAIN } from './tabs';
import { TerminalTabs } from './TerminalTabs';
import { TerminalView } from './TerminalView';
import { useFontSize } from './useFontSize';

/** What a terminal tells about itself. */
interface Told {
  state: ConnectionState['kind'];
  title: string;
}

export function TerminalPage() {
  const { session = '' } = useParams();
  return <Terminals key={session} session={session} />;
}

function Terminals({ session: id }: { session: string }) {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const navigate = useNavigate();
  const [parameters] = useSearchParams();
  const dark = useDark();
  const tell = useTell();
  const { data: session } = useSession(id);
  const closeTerminal = useCloseTerminal(id);
  const [fontSize, setFontSize] = useFontSize();
  const [searching, setSearching] = useState(false);
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [told, setTold] = useState<ReadonlyMap<string, Told>>(new Map());

  const name = parameters.get('name') ?? MAIN;
  if (!opened.has(name)) {
    setOpened(new Set(opened).add(name));
    setClosed(without(closed, name));
  }
  const tabs = tabsOf(session?.in_use?.terminals ?? [], new Set(opened).add(name), closed);
  const next = nextTab(tabs);
  const sessionName = session?.name ?? t('terminal.title');
  const { state = 'connecting', title = '' } = told.get(name) ?? {};
  usePageTitle(title === '' ? sessionName : `${title} · ${sessionName}`);

  const tellOf = (which: string, changes: Partial<Told>) =>
    setTold((before) => {
      const now = { state: 'connecting' as const, title: '', ...before.get(which), ...changes };
      return new Map(before).set(which, now);
    });
  const forget = (which: string) => {
    setClosed((before) => new Set(before).add(which));
    setOpened((before) => without(before, which));
    if (which === name) void navigate(to.terminal(id, neighbour(tabs, which)), { replace: true });
  };
  const close = (which: string) => {
    const over = told.get(which)?.state === 'shell-ended' || (session && !isLive(session));
    if (over) return forget(which);
    modal.confirm({
      title: t('terminal.closeTitle', { name: which }),
      content: t('terminal.closeWhat'),
      okText: t('terminal.close'),
      okButtonProps: { danger: true },
      cancelText: t('app.cancel'),
      onOk: () =>
        closeTerminal.mutateAsync(which).then(
          () => forget(which),
          // Its shell ended by itself meanwhile.
          (error: unknown) => (asProblem(error).status === 404 ? forget(which) : tell.failed(error)),
        ),
    });
  };

  const tool = (icon: ReactNode, label: string, onClick: () => void) => (
    <Button type="text" icon={icon} title={label} aria-label={label} onClick={onClick} />
  );
  return (
    <div className="terminal-page" style={{ background: coloursOf(dark).background }}>
      <header className="terminal-bar">
        <Link className="terminal-back" to={to.sessions} aria-label={t('terminal.back')}>
          <BackIcon />
        </Link>
        <h1>
          <Link to={to.sessions + overlaid('', { session: id })}>{sessionName}</Link>
        </h1>
        <span className={`dot ${state}`} aria-hidden />
        <TerminalTabs
          session={id}
          tabs={tabs.map((one) => ({ name: one, title: told.get(one)?.title ?? '' }))}
          current={name}
          next={session && !isLive(session) ? null : next}
          onClose={close}
        />
        <div className="bar-end">
          {tool(<SearchIcon />, t('terminal.searchShortcut'), () => setSearching(true))}
          {tool(<SmallerIcon />, t('terminal.smaller'), () => setFontSize(fontSize - 1))}
          {tool(<LargerIcon />, t('terminal.larger'), () => setFontSize(fontSize + 1))}
        </div>
      </header>
      <main className="terminal-main">
        {tabs
          .filter((one) => one === name || opened.has(one))
          .map((one) => (
            <TerminalView
              key={one}
              session={id}
              name={one}
              front={one === name}
              fontSize={fontSize}
              searching={searching && one === name}
              onSearching={setSearching}
              onState={(state) => tellOf(one, { state })}
              onTitle={(title) => tellOf(one, { title })}
            />
          ))}
      </main>
    </div>
  );
}

function without(names: ReadonlySet<string>, name: string): ReadonlySet<string> {
  const left = new Set(names);
  left.delete(name);
  return left;
}
