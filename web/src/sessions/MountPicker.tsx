/** Which folders a session sees, and where: a table to tick, with the rules told as one types. */
import { Checkbox, Input, Switch, Tag } from 'antd';
import { useId, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { HOME } from '../mounts/rules';
import { conflictWords, faultWords } from '../mounts/words';
import { NEW_CHOICE, type Candidate, type Choice, type Choices, type Plan } from './choices';

/** Below so many folders there is nothing to search in. */
const SEARCH_FROM_FOLDERS = 8;

interface MountPickerProps {
  plan: Plan;
  choices: Choices;
  onChange: (choices: Choices) => void;
  /** What is shown when there is no folder to tick. */
  empty: ReactNode;
}

export function MountPicker({ plan, choices, onChange, empty }: MountPickerProps) {
  const { t } = useTranslation();
  const [search, setSearch] = useState('');
  const { candidates, automounts } = plan;

  const wanted = search.trim().toLowerCase();
  const shown = candidates.filter(
    ({ folder, choice }) => choice !== null || folder.name.toLowerCase().includes(wanted),
  );
  const choose = (id: string, choice: Choice | null) => {
    const changed = new Map(choices);
    if (choice === null) changed.delete(id);
    else changed.set(id, choice);
    onChange(changed);
  };

  return (
    <>
      {candidates.length === 0 ? empty : <p className="help">{t('start.pathHelp', { home: HOME })}</p>}
      {candidates.length >= SEARCH_FROM_FOLDERS && (
        <Input.Search
          className="below"
          allowClear
          value={search}
          placeholder={t('start.search')}
          aria-label={t('start.search')}
          onChange={(event) => setSearch(event.target.value)}
        />
      )}
      {shown.length > 0 && (
        <table className="picker">
          <thead>
            <tr>
              <th scope="col">{t('start.folder')}</th>
              <th scope="col">{t('start.path')}</th>
              <th scope="col">{t('start.readOnly')}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((candidate) => (
              <PickerRow
                key={candidate.folder.id}
                candidate={candidate}
                onChange={(choice) => choose(candidate.folder.id, choice)}
              />
            ))}
          </tbody>
        </table>
      )}
      {candidates.length > 0 && shown.length === 0 && (
        <p className="quiet">{t('start.noMatch', { search: search.trim() })}</p>
      )}
      {automounts.length > 0 && (
        <section className="automounts">
          <h3>{t('start.automount')}</h3>
          <p className="quiet">{t('start.automountWhat')}</p>
          <ul className="tags">
            {automounts.map(({ folder, place }) => (
              <li key={folder.id}>
                <Tag>
                  {folder.name} <span className="quiet">→</span> <code>{place}</code>
                </Tag>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function PickerRow({ candidate, onChange }: PickerRowProps) {
  const { t } = useTranslation();
  const said = useId();
  const { folder, choice, place } = candidate;
  const fault = choice && faultOf(candidate, t);
  const readOnly = folder.permission === 'ro';
  return (
    <tr className={choice ? 'ticked' : undefined}>
      <th scope="row">
        <Checkbox
          checked={choice !== null}
          onChange={(event) => onChange(event.target.checked ? NEW_CHOICE : null)}
        >
          <span className="name">{folder.name}</span>
        </Checkbox>
      </th>
      <td>
        {choice ? (
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

interface PickerRowProps {
  candidate: Candidate;
  onChange: (choice: Choice | null) => void;
}

function faultOf({ fault, conflict }: Candidate, t: ReturnType<typeof useTranslation>['t']): string | null {
  if (fault !== null) return faultWords(fault, t);
  return conflict === null ? null : conflictWords(conflict, t);
}
