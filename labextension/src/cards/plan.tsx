/** The text of a plan, to be changed before it is applied: the diff follows, and nothing is written. */

import { useLayoutEffect, useRef, useState } from 'react';
import type { JSX } from 'react';
import type { Session } from '../session';
import { useAsking } from './asking';
import { useFrame } from './frame';

export function PlanText({ session, turn }: { session: Session; turn: string }): JSX.Element {
  const { trans } = useFrame();
  const [text, setText] = useState<string | null>(null);
  const [before, setBefore] = useState('');
  const [silent, setSilent] = useState(false);
  const { late, ask } = useAsking(session);
  const button = useRef<HTMLButtonElement>(null);
  const box = useRef<HTMLTextAreaElement>(null);
  const shown = text !== null;
  const was = useRef(shown);
  useLayoutEffect(() => {
    // What was clicked is gone; who went elsewhere meanwhile stays there.
    if (was.current !== shown && document.activeElement === document.body) {
      (shown ? box : button).current?.focus();
    }
    was.current = shown;
  }, [shown]);
  const open = (): void => {
    ask(session.askPlan(turn), found => {
      setSilent(found === '');
      setText(found === '' ? null : found);
      setBefore(found);
    });
  };
  if (text === null) {
    return (
      <>
        <button type="button" ref={button} className="maestro-Link maestro-PlanText-open" onClick={open}>
          {trans.__("Edit the plan's text")}
        </button>
        {late && <span role="status">{trans.__('The kernel answers when its cell has ended.')}</span>}
        {silent && !late && <span role="status">{trans.__('The kernel does not answer.')}</span>}
      </>
    );
  }
  return (
    <div className="maestro-PlanText">
      <textarea
        ref={box}
        className="maestro-Input"
        aria-label={trans.__("The plan's text; the lines between === name its steps")}
        spellCheck={false}
        rows={Math.min(14, Math.max(4, text.split('\n').length))}
        value={text}
        onChange={event => setText(event.target.value)}
      />
      <div className="maestro-PlanText-actions">
        <button
          type="button"
          className="maestro-Button"
          disabled={text === before}
          onClick={() => {
            session.revisePlan(turn, text);
            setBefore(text);
            box.current?.focus(); // until the text is changed again there is nothing to click here
          }}
        >
          {trans.__('Show the changed diff')}
        </button>
        <button type="button" className="maestro-Link" onClick={() => setText(null)}>
          {trans.__('Close')}
        </button>
      </div>
    </div>
  );
}
