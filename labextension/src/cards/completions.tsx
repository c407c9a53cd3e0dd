/** What can follow an `@`: asks while the person types it, and keeps the choice. */

import { useEffect, useState } from 'react';
import type { JSX } from 'react';
import type { CompletionItem } from '../protocol';
import type { Session } from '../session';
import { useFrame } from './frame';

/** The `@…` that the cursor stands behind: its start and its text, or null. */
export function mentionAt(text: string, cursor: number): { start: number; prefix: string } | null {
  const match = /(?:^|[\s(,])(@[^\s@]*)$/.exec(text.slice(0, cursor));
  return match?.[1] === undefined ? null : { start: cursor - match[1].length, prefix: match[1] };
}

export interface ICompletions {
  items: readonly CompletionItem[];
  active: number;
  start: number;
  move(by: number): void;
  close(): void;
}

const NOTHING: readonly CompletionItem[] = [];

/** The completions for the draft as it stands; empty where no `@` is being typed. */
export function useCompletions(session: Session, text: string, cursor: number): ICompletions {
  const [items, setItems] = useState(NOTHING);
  const [active, setActive] = useState(0);
  const [closedAt, setClosedAt] = useState(-1);
  const mention = mentionAt(text, cursor);
  const start = mention?.start ?? -1;
  const prefix = mention?.prefix ?? '';
  const { connected } = session; // what was asked of a kernel that went away is asked again
  useEffect(() => {
    if (start < 0) {
      setItems(NOTHING);
      setClosedAt(-1);
      return;
    }
    const abort = new AbortController();
    const timer = window.setTimeout(() => {
      void session.complete(prefix, abort.signal).then(found => {
        if (!abort.signal.aborted) {
          setItems(found);
          setActive(0);
        }
      });
    }, 50);
    return () => {
      window.clearTimeout(timer);
      abort.abort();
    };
  }, [session, start, prefix, connected]);
  const open = start >= 0 && start !== closedAt;
  return {
    items: open ? items : NOTHING,
    active,
    start,
    move: by => setActive((active + by + items.length) % Math.max(1, items.length)),
    close: () => setClosedAt(start)
  };
}

interface ICompletionList {
  id: string;
  completions: ICompletions;
  onPick: (item: CompletionItem) => void;
}

export function CompletionList({ id, completions, onPick }: ICompletionList): JSX.Element | null {
  const { trans } = useFrame();
  if (completions.items.length === 0) {
    return null;
  }
  return (
    <ul className="maestro-Completions" role="listbox" id={id} aria-label={trans.__('Files and variables')}>
      {completions.items.map((item, index) => (
        <li
          key={`${item.kind} ${item.label}`}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === completions.active}
          ref={node => {
            if (index === completions.active) {
              node?.scrollIntoView({ block: 'nearest' });
            }
          }}
          onMouseDown={event => {
            event.preventDefault(); // the chat box keeps the focus
            onPick(item);
          }}
        >
          <span className="maestro-Completions-label">{item.label}</span>
          <span className="maestro-Completions-detail">{item.detail}</span>
        </li>
      ))}
    </ul>
  );
}
