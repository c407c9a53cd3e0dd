/** The chat box: what is typed here is prepared while it is typed. */

import { bugIcon, closeIcon, codeIcon, runIcon, stopIcon } from '@jupyterlab/ui-components';
import { useCallback, useEffect, useId, useRef, useState } from 'react';
import type { JSX, KeyboardEvent } from 'react';
import { ghostFor } from '../ghost';
import type { Attachment, CompletionItem } from '../protocol';
import type { Session } from '../session';
import { CompletionList, useCompletions } from './completions';
import { useDrafting } from './drafting';
import type { IComposing } from './drafting';
import { IconButton, useFrame, useParts } from './frame';

/** The key code of what an input method took; Safari says `isComposing` no more of the Enter that ends one. */
const OF_INPUT_METHOD = 229;

/** Characters above which a text, pasted mostly, is laid out only once: it scrolls by itself and has no ghost text. */
const LONG = 20_000;

interface IComposerProps {
  session: Session;
  notebookId: () => string;
  composing: IComposing;
  /** The texts not yet sent, by what they are written in, kept while the panel shows another notebook. */
  drafts: WeakMap<object, string>;
  draftOf: object;
}

export function Composer(props: IComposerProps): JSX.Element {
  const { session, notebookId, composing, drafts, draftOf } = props;
  useParts(session, 'prediction', 'turns', 'pending', 'attachments', 'connection', 'proposal');
  const { trans, actions } = useFrame();
  const box = useRef<HTMLTextAreaElement>(null);
  /** Whether an input method proposes what stands at the cursor: it is no text yet. */
  const [inComposition, setInComposition] = useState(false);
  const [text, setText] = useState(() => drafts.get(draftOf) ?? '');
  const [cursor, setCursor] = useState(text.length);
  const listId = useId();
  const typing = useDrafting(session, notebookId, composing);
  const completions = useCompletions(session, inComposition ? '' : text, cursor);
  useEffect(() => () => typing.forget(), [typing]);

  const long = text.length > LONG;
  const ghost =
    composing.enabled && composing.ghostText && completions.items.length === 0 && !inComposition && !long
      ? ghostFor(session.prediction, typing.sent.of(session.prediction), text, cursor)
      : '';

  const change = useCallback(
    (next: string, position: number, composed = !inComposition) => {
      setText(next);
      setCursor(position);
      drafts.set(draftOf, next);
      if (composed) {
        typing.typed(next, position);
      }
    },
    [draftOf, typing, drafts, inComposition]
  );

  const put = (next: string, position: number): void => {
    change(next, position);
    // React moves the cursor to the end when it sets the value; put it where the text was inserted.
    window.requestAnimationFrame(() => box.current?.setSelectionRange(position, position));
  };

  useEffect(() => {
    const proposal = session.takeProposal();
    if (proposal !== '') {
      const gap = proposal.indexOf('…');
      const next = proposal.replace('…', '');
      box.current?.focus();
      put(next, gap < 0 ? next.length : gap);
    }
  });

  /** As if it were typed, so that the box's own undo takes it back, and nothing else. */
  const takeGhost = (): void => {
    const area = box.current;
    area?.setSelectionRange(0, 0); // ends the undo step of what was typed before
    area?.setSelectionRange(text.length, text.length);
    if (area === null || !insertAtCursor(ghost)) {
      put(text + ghost, text.length + ghost.length);
    }
  };

  const pick = (item: CompletionItem): void => {
    const next = `${text.slice(0, completions.start)}${item.label} ${text.slice(cursor)}`;
    put(next, completions.start + item.label.length + 1);
  };

  const submit = (): void => {
    const request = text.trim();
    if (request === '' || !session.connected) {
      return;
    }
    typing.forget();
    const attachments = session.takeAttachments();
    if (session.submit({ text: request, source: 'chat', notebookId: notebookId(), attachments })) {
      setText('');
      setCursor(0);
      drafts.delete(draftOf);
    } else {
      attachments.forEach(each => session.attach(each));
    }
  };

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    if (event.nativeEvent.isComposing || event.keyCode === OF_INPUT_METHOD) {
      return;
    }
    if (completions.items.length > 0 && completionKey(event, completions.items[completions.active])) {
      event.preventDefault();
    } else if (event.key === 'Tab' && !event.shiftKey && ghost !== '') {
      event.preventDefault();
      takeGhost();
    } else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      if (!event.repeat) {
        submit(); // a key held down since a button brought the focus here sends nothing
      }
    } else if (event.key === 'Escape') {
      event.preventDefault();
      actions.leave();
    } else if (event.key === 'ArrowUp' && text === '') {
      const last = session.turnsOf(notebookId()).at(-1);
      if (last !== undefined) {
        event.preventDefault();
        put(last.request, last.request.length);
      }
    }
  };

  const completionKey = (event: KeyboardEvent, item: CompletionItem | undefined): boolean => {
    switch (event.key) {
      case 'ArrowDown':
        completions.move(1);
        return true;
      case 'ArrowUp':
        completions.move(-1);
        return true;
      case 'Escape':
        completions.close();
        return true;
      case 'Enter':
      case 'Tab':
        if (item !== undefined) {
          pick(item);
        }
        return item !== undefined;
      default:
        return false;
    }
  };

  const open = completions.items.length > 0;
  const running = session.runningIn(notebookId());
  return (
    <form
      className="maestro-Composer"
      aria-label={trans.__('Request')}
      onSubmit={event => {
        event.preventDefault();
        submit();
      }}
    >
      <CompletionList id={listId} completions={completions} onPick={pick} />
      <Attachments attachments={session.attachments} onDetach={each => session.detach(each)} />
      <div className={`maestro-Composer-box ${long ? 'maestro-mod-long' : ''}`}>
        <div className="maestro-Composer-mirror" aria-hidden="true" dir="auto">
          {long ? '' : text}
          {/* The ghost text may go to the next line, what is typed stays where the text box has it. */}
          <wbr />
          <span className="maestro-Ghost">{ghost}</span>{' '}
        </div>
        <textarea
          ref={box}
          rows={1}
          value={text}
          dir="auto"
          spellCheck={false}
          placeholder={trans.__('Ask or describe what to do… (@ for files and variables)')}
          aria-label={trans.__('Your request')}
          aria-autocomplete="list"
          aria-haspopup="listbox"
          aria-controls={open ? listId : undefined}
          aria-activedescendant={open ? `${listId}-${completions.active}` : undefined}
          aria-description={ghost === '' ? undefined : trans.__('Tab completes: %1', ghost)}
          onChange={event => change(event.target.value, event.target.selectionStart)}
          onSelect={event => setCursor(event.currentTarget.selectionStart)}
          onCompositionStart={() => setInComposition(true)}
          onCompositionEnd={event => {
            setInComposition(false);
            change(event.currentTarget.value, event.currentTarget.selectionStart, true);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div className="maestro-Composer-actions">
        <IconButton icon={codeIcon} label={trans.__('Attach the active cell')} onClick={() => actions.attachCell()} />
        <IconButton
          icon={bugIcon}
          label={trans.__("Attach the active cell's error")}
          onClick={() => actions.attachError()}
        />
        <span className="maestro-Spacer" />
        {running && <IconButton icon={stopIcon} label={trans.__('Stop')} onClick={() => session.cancel(running.id)} />}
        <button
          type="submit"
          className="maestro-Button maestro-mod-accept"
          disabled={text.trim() === '' || !session.connected}
        >
          <runIcon.react tag="span" aria-hidden="true" className="maestro-Icon" />
          {trans.__('Send')}
        </button>
      </div>
    </form>
  );
}

/** False where the browser cannot type for the person. */
function insertAtCursor(text: string): boolean {
  // Nothing replaces `execCommand` here: setting a text box's value throws its undo history away.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  return typeof document.execCommand === 'function' && document.execCommand('insertText', false, text);
}

interface IAttachmentsProps {
  attachments: readonly Attachment[];
  onDetach: (attachment: Attachment) => void;
}

function Attachments({ attachments, onDetach }: IAttachmentsProps): JSX.Element | null {
  const { trans } = useFrame();
  if (attachments.length === 0) {
    return null;
  }
  return (
    <ul className="maestro-Attachments" aria-label={trans.__('Attached')}>
      {attachments.map(each => {
        const kind = each.kind === 'error' ? trans.__('error') : trans.__('cell');
        const line = each.text.trim().split('\n')[each.kind === 'error' ? each.text.trim().split('\n').length - 1 : 0];
        return (
          <li key={`${each.kind} ${each.name}`} title={each.text.slice(0, 2000)}>
            <span className="maestro-Attachments-kind">{kind}</span>
            <span className="maestro-Attachments-text">{line}</span>
            <IconButton
              icon={closeIcon}
              label={trans.__('Remove the attached %1', kind)}
              onClick={() => onDetach(each)}
            />
          </li>
        );
      })}
    </ul>
  );
}
