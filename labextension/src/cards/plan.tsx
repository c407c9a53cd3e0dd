/** The text of a plan, to be changed before it is applied: the diff follows, and nothing is written. */

import { useState } from 'react';
import type { JSX } from 'react';
import type { Session } from '../session';
import { useFrame } from './frame';

export function PlanText({ session, turn }: { session: Session; turn: string }): JSX.Element {
  const { trans } = useFrame();
  const [text, setText] = useState<string | null>(null);
  const [before, setBefore] = useState('');
  const open = (): void => {
    void session.askPlan(turn).then(found => {
      setText(found);
      setBefore(found);
    });
  };
  if (text === null) {
    return (
      <button type="button" className="maestro-Link maestro-PlanText-open" onClick={open}>
        {trans.__("Edit the plan's text")}
      </button>
    );
  }
  return (
    <div className="maestro-PlanText">
      <textarea
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
