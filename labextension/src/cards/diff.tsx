/** The change that a turn proposes: side by side, hunk by hunk accepted or not, applied, undone and done again. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { checkIcon, redoIcon, undoIcon } from '@jupyterlab/ui-components';
import { memo, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { JSX, ReactNode } from 'react';
import { inTheWay, possible } from '../applying';
import type { ChangeAction, ChangeView, FileChangeView, HunkView } from '../protocol';
import { useFrame } from './frame';
import { File } from './hunks';
import type { OnAccept, OnShow } from './hunks';
import { moveFocus } from './keys';

export type OnAct = (turn: string, action: ChangeAction, hunks?: string[], fix?: number) => void;

/** Files whose hunks are shown without being asked for. */
const OPEN_FILES = 8;

interface IChangeProps {
  change: ChangeView | undefined;
  connected: boolean;
  onAct: OnAct;
  /** What else can be said where the change waits for a yes. */
  children?: ReactNode;
}

export const Change = memo(function Change({ change, connected, onAct, children }: IChangeProps): JSX.Element | null {
  const { trans, words } = useFrame();
  const shown = useMemo(() => ticked(change), [change]);
  const [accepted, setAccepted] = useState(shown);
  // What was told last: a picture from before it is no reason to take a tick back.
  const told = useRef('');
  useEffect(() => {
    const same = hunksIn(told.current) === hunksIn(keyOf(change, shown)) && change?.state === 'proposed';
    if (!same || told.current === keyOf(change, shown)) {
      told.current = '';
      setAccepted(shown);
    }
  }, [change, shown]);
  const actions = useRef<HTMLDivElement>(null);
  const acted = useRef(false);
  const latest = useRef<OnAccept>(() => undefined);
  const onAccept = useCallback<OnAccept>((hunks, on) => latest.current(hunks, on), []); // the same for every redraw
  const show = useRef<OnShow>(() => undefined);
  const onShow = useCallback<OnShow>(hunk => show.current(hunk), []);
  const { state, busy } = change ?? { state: 'proposed', busy: false };
  useEffect(() => {
    // The button that was pressed is gone: the keyboard goes on with the one in its place.
    if (acted.current && !busy) {
      acted.current = false;
      const next = actions.current?.querySelector('button');
      const box = actions.current?.closest('.maestro-Panel')?.querySelector<HTMLElement>('.maestro-Composer textarea');
      (next ?? box)?.focus();
    }
  }, [state, busy]);
  if (change === undefined) {
    return null;
  }
  const act = (action: ChangeAction, fix = 0): void => {
    acted.current = true;
    told.current = '';
    onAct(change.turn, action, action === 'apply' ? [...accepted] : [], fix);
  };
  latest.current = (hunks, on) => {
    const chosen = changed(accepted, hunks, on);
    setAccepted(chosen);
    if (connected) {
      told.current = keyOf(change, chosen);
      onAct(
        change.turn,
        on ? 'take' : 'leave',
        hunks.map(({ id }) => id)
      );
    }
  };
  show.current = hunk => {
    if (connected) {
      onAct(change.turn, 'show', [hunk.id]);
    }
  };
  const open = state === 'proposed';
  const asks = Boolean(children);
  const said = busy ? '' : outcomeOf(change, trans);
  return (
    <section
      className="maestro-Change"
      aria-label={trans.__('Proposed change')}
      aria-busy={busy}
      data-state={state}
      data-confirm={asks || undefined}
    >
      <Said change={change} blocked={open ? inTheWay(change, accepted) : []} />
      {change.files.map((file, index) => (
        <File
          key={file.path}
          file={file}
          accepted={accepted}
          fixed={!open || busy}
          opened={index < OPEN_FILES && state !== 'discarded'}
          onAccept={onAccept}
          onShow={onShow}
        />
      ))}
      <div role="status" className="maestro-Change-message">
        {said !== '' && <span className="maestro-mod-hidden">{said}</span>}
        {change.message !== '' && <p>{words.tell(change.message)}</p>}
        {change.fixes.length === 0 && change.message !== '' && open && (
          <button type="button" className="maestro-Button" disabled={busy || !connected} onClick={() => act('again')}>
            {trans.__('Make the plan again')}
          </button>
        )}
        {change.fixes.length > 0 && open && (
          <ul aria-label={trans.__('Suggestions')}>
            {change.fixes.map((fix, index) => (
              <li key={fix}>
                <button
                  type="button"
                  className="maestro-Button"
                  disabled={busy || !connected}
                  onClick={() => act('fix', index)}
                >
                  {words.tell(fix)}
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
      <div
        className="maestro-Change-actions"
        ref={actions}
        role="group"
        aria-label={asks ? trans.__('Apply this? The arrow keys go from one answer to the next') : trans.__('Actions')}
        onKeyDown={moveFocus}
      >
        <Actions change={change} accepted={accepted} disabled={busy || !connected} act={act} />
      </div>
      {children}
    </section>
  );
});

/** What became of a change, shown and said to a screen reader; nothing while it is only proposed. */
function outcomeOf(change: ChangeView, trans: TranslationBundle): string {
  switch (change.state) {
    case 'proposed':
      return '';
    case 'applied':
      return trans.__('Applied %1', change.transaction);
    case 'undone':
      return trans.__('Undone, every byte as before');
    case 'discarded':
      return trans.__('Discarded; nothing was changed');
  }
}

function ticked(change: ChangeView | undefined): ReadonlySet<string> {
  const hunks = change?.files.flatMap(file => file.hunks) ?? [];
  return new Set(hunks.filter(hunk => hunk.ticked).map(hunk => hunk.id));
}

/** Which hunks a change has, and which of them are accepted. */
function keyOf(change: ChangeView | undefined, accepted: ReadonlySet<string>): string {
  const hunks = change?.files.flatMap(file => file.hunks) ?? [];
  return hunks.map(({ id }) => `${accepted.has(id) ? '+' : '-'}${id}`).join('\n');
}

function hunksIn(key: string): string {
  return key.replace(/^[+-]/gm, '');
}

function changed(before: ReadonlySet<string>, hunks: readonly HunkView[], accept: boolean): ReadonlySet<string> {
  const after = new Set(before);
  for (const { id } of hunks) {
    if (accept) {
      after.add(id);
    } else {
      after.delete(id);
    }
  }
  return after;
}

/** What would be done, step by step, and what stands in the way. */
function Said({ change, blocked }: { change: ChangeView; blocked: readonly FileChangeView[] }): JSX.Element {
  const { trans, words } = useFrame();
  return (
    <div className="maestro-Change-words">
      {change.steps.length > 0 && (
        <ol aria-label={trans.__('Plan')}>
          {change.steps.map((step, index) => (
            <li key={index}>{words.tell(step)}</li>
          ))}
        </ol>
      )}
      {change.problem !== '' && <p className="maestro-mod-error">{words.tell(change.problem)}</p>}
      {change.problem === '' && change.files.length === 0 && <p>{trans.__('Nothing would change.')}</p>}
      {change.candidates.length > 0 && (
        <ul aria-label={trans.__('What may be meant')}>
          {change.candidates.map(candidate => (
            <li key={candidate}>
              <code>{candidate}</code>
            </li>
          ))}
        </ul>
      )}
      {blocked.map(file => (
        <p className="maestro-mod-error" key={file.path}>
          {words.tell(file.blocked)}
        </p>
      ))}
      {change.notes.map((note, index) => (
        <p className="maestro-Note" key={index}>
          {words.tell(note)}
        </p>
      ))}
    </div>
  );
}

interface IActionsProps {
  change: ChangeView;
  accepted: ReadonlySet<string>;
  disabled: boolean;
  act: (action: ChangeAction) => void;
}

function Actions({ change, accepted, disabled, act }: IActionsProps): JSX.Element | null {
  const { trans } = useFrame();
  const all = change.files.reduce((sum, file) => sum + file.hunks.length, 0);
  switch (change.state) {
    case 'proposed':
      return possible(change) ? (
        <>
          {inTheWay(change, accepted).length === 0 && (
            <button
              type="button"
              className="maestro-Button maestro-mod-accept"
              disabled={disabled || accepted.size === 0}
              onClick={() => act('apply')}
            >
              {accepted.size === all ? trans.__('Apply') : trans.__('Apply %1 of %2', accepted.size, all)}
            </button>
          )}
          <button type="button" className="maestro-Button" disabled={disabled} onClick={() => act('discard')}>
            {trans.__('Discard')}
          </button>
        </>
      ) : null;
    case 'applied':
      return (
        <>
          <button type="button" className="maestro-Button" disabled={disabled} onClick={() => act('undo')}>
            <undoIcon.react tag="span" aria-hidden="true" className="maestro-Icon" />
            {trans.__('Undo')}
          </button>
          <p className="maestro-Change-receipt">
            <checkIcon.react tag="span" aria-hidden="true" className="maestro-Icon" />
            {outcomeOf(change, trans)}
          </p>
        </>
      );
    case 'undone':
      return (
        <>
          <button type="button" className="maestro-Button" disabled={disabled} onClick={() => act('redo')}>
            <redoIcon.react tag="span" aria-hidden="true" className="maestro-Icon" />
            {trans.__('Redo')}
          </button>
          <p className="maestro-Change-receipt">{outcomeOf(change, trans)}</p>
        </>
      );
    case 'discarded':
      return <p className="maestro-Change-receipt">{outcomeOf(change, trans)}</p>;
  }
}
