/** Which folders a session sees, and where: a table to tick, with the rules told as one types. */
import { Button, Checkbox, Input, Switch, Tag } from 'antd';
import { useId, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useOverlayLink } from '../app/overlay';
import { HOME } from '../mounts/rules';
import { conflictWords, faultWords } from '../mounts/words';
import { FilterField } from '../ui/FilterField';
import { matches } from '../ui/matches';
import { NEW_CHOICE, type Candidate, type Choice, type Choices, type Plan } from './choices';

/** Rows drawn at first, and added each time more are asked for. */
const ROWS_AT_ONCE = 100;

interface MountPickerProps {
  plan: Plan;
  choices: Choices;
  onChange: (choices: Choices) => void;
  /** What is shown when there is no folder to tick. */
  empty: ReactNode;
}

export function MountPicker({ plan, choices, onChange, empty }: MountPickerProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const [limit, setLimit] = useState(ROWS_AT_ONCE);
  const { candidates, automounts } = plan;

  // What is ticked stays in sight, whatever is searched for.
  const found = candidates.filter(
    ({ folder, choice }) => choice !== null || matches(typed, [folder.name, folder.owner.name]),
  );
  const choose = (id: string, choice: Choice | null) => {
    const changed = new Map(choices);
    if (choice === null) changed.delete(id);
    else changed.set(id, choice);
    onChange(changed);
  };

  return (
    <>
      {candidates.length === 0 ? (
        empty
      ) : (
        <>
          <p className="help">{t('start.pathHelp', { home: HOME })}</p>
          <FilterField label={t('start.search')} value={typed} onChange={setTyped} />
        </>
      )}
      {found.length > 0 && (
        <table className="picker">
          <thead>
            <tr>
              <th scope="col">{t('start.folder')}</th>
              <th scope="col">{t('folders.usage')}</th>
              <th scope="col">{t('folders.volume')}</th>
              <th scope="col">{t('folders.permission')}</th>
              <th scope="col">{t('folders.owner')}</th>
              <th scope="col">{t('start.path')}</th>
              <th scope="col">{t('start.readOnly')}</th>
            </tr>
          </thead>
          <tbody>
            {found.slice(0, limit).map((candidate) => (
              <PickerRow
                key={candidate.folder.id}
                candidate={candidate}
                onChange={(choice) => choose(candidate.folder.id, choice)}
              />
            ))}
          </tbody>
        </table>
      )}
      {found.length > limit && (
        <div className="more">
          <Button onClick={() => setLimit(limit + ROWS_AT_ONCE)}>
            {t('app.more', { count: found.length - limit })}
          </Button>
        </div>
      )}
      {candidates.length > 0 && found.length === 0 && (
        <p className="quiet above">{t('app.noMatch', { text: typed.trim() })}</p>
      )}
      {automounts.length > 0 && <Automounts automounts={automounts} />}
    </>
  );
}

function Automounts({ automounts }: { automounts: Plan['automounts'] }) {
  const { t } = useTranslation();
  const link = useOverlayLink();
  return (
    <section className="automounts">
      <h3>{t('start.automount')}</h3>
      <p className="quiet">{t('start.automountWhat')}</p>
      <ul className="tags">
        {automounts.map(({ folder, place }) => (
          <li key={folder.id}>
            <Tag>
              <Link to={link({ folder: folder.id })}>{folder.name}</Link> <span className="quiet">→</span>{' '}
              <code>{place}</code>
            </Tag>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface PickerRowProps {
  candidate: Candidate;
  onChange: (choice: Choice | null) => void;
}

function PickerRow({ candidate, onChange }: PickerRowProps) {
  const { t } = useTranslation();
  const link = useOverlayLink();
  const { folder, choice, place } = candidate;
  const readOnly = folder.permission === 'ro';
  return (
    <tr className={choice ? 'ticked' : undefined}>
      <th scope="row">
        <span className="picker-name">
          <Checkbox
            checked={choice !== null}
            aria-label={folder.name}
            onChange={(event) => onChange(event.target.checked ? NEW_CHOICE : null)}
          />
          <Link className="name" to={link({ folder: folder.id })}>
            {folder.name}
          </Link>
        </span>
      </th>
      <td className="about">{t(`folders.usageName.${folder.usage_mode}`)}</td>
      <td className="about">{folder.volume}</td>
      <td className="about">{t(`folders.permissionName.${folder.permission}`)}</td>
      <td className="about owner">{folder.owner.name}</td>
      <td className="path">
        {choice ? (
          <PathField candidate={candidate} choice={choice} onChange={onChange} />
        ) : (
          <code className="quiet unticked">{place}</code>
        )}
      </td>
      <td>
        {choice && (
          <Switch
            checked={choice.readOnly || readOnly}
            disabled={readOnly}
            {...(readOnly && { title: t('start.onlyReadable') })}
            aria-label={t('start.readOnlyOf', { folder: folder.name })}
            onChange={(checked) => onChange({ ...choice, readOnly: checked })}
          />
        )}
        {choice && <span className="switch-label">{t('start.readOnly')}</span>}
      </td>
    </tr>
  );
}

interface PathFieldProps {
  candidate: Candidate;
  choice: Choice;
  onChange: (choice: Choice) => void;
}

function PathField({ candidate, choice, onChange }: PathFieldProps) {
  const { t } = useTranslation();
  const said = useId();
  const { folder, place } = candidate;
  const fault = faultOf(candidate, t);
  return (
    <>
      <Input
        className="mono"
        value={choice.path}
        placeholder={`${HOME}/${folder.name}`}
        aria-label={t('start.pathOf', { folder: folder.name })}
        aria-describedby={said}
        aria-invalid={fault !== null}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        {...(fault !== null && { status: 'error' })}
        onChange={(event) => onChange({ ...choice, path: event.target.value })}
      />
      <div id={said} className={fault === null ? 'said' : 'said fault'} aria-live="polite">
        {fault ?? (
          <>
            → <code>{place}</code>
          </>
        )}
      </div>
    </>
  );
}

function faultOf({ fault, conflict }: Candidate, t: ReturnType<typeof useTranslation>['t']): string | null {
  if (fault !== null) return faultWords(fault, t);
  return conflict === null ? null : conflictWords(conflict, t);
}
