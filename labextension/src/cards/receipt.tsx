/** What a turn owes to preparation, and what it took. */

import type { JSX } from 'react';
import type { ReceiptView, TurnView } from '../protocol';
import type { Words } from '../words';
import { seconds, useFrame } from './frame';

export function Receipt({ receipt }: { receipt: ReceiptView }): JSX.Element | null {
  const { trans, words } = useFrame();
  if (receipt.prepared === 0 && receipt.said === '') {
    return null;
  }
  return (
    <p className="maestro-Receipt">
      {receipt.said !== '' && <span className="maestro-Receipt-said">{words.tell(receipt.said)}</span>}
      {receipt.prepared > 0 && (
        <span className="maestro-Receipt-counts">
          {trans.__('%1 of %2 prepared used', receipt.used, receipt.prepared)}
        </span>
      )}
    </p>
  );
}

/** "2.1 s · 812 tokens · $0.0012 · saved 1.4 s"; without a model there is no cost to speak of. */
export function Took({ turn }: { turn: TurnView }): JSX.Element | null {
  const { trans, words } = useFrame();
  const { spent, receipt } = turn;
  const parts: [string, string][] = [];
  const whole = turn.finished - turn.started - turn.asked_seconds;
  if (whole > 0) {
    const title = trans.__('From the request to the whole answer, without the time that your own answers took');
    parts.push([seconds(words, whole), title]);
  }
  if (turn.reused) {
    parts.push([trans.__('from history'), trans.__('Answered earlier, nothing changed since')]);
  } else if (spent !== null) {
    const count = words.number(spent.tokens);
    const ahead = spent.cached > 0 ? trans.__('%1 of them read ahead', words.number(spent.cached)) : '';
    const tokens = spent.estimated ? trans.__('about %1 tokens', count) : trans.__('%1 tokens', count);
    parts.push([tokens, [modelOf(words, turn), ahead].filter(part => part !== '').join(', ')]);
    if (spent.dollars > 0) {
      parts.push([`$${words.number(spent.dollars, 4)}`, trans.__('What the model took for this answer')]);
    }
  }
  if (receipt !== null && receipt.saved_seconds >= 0.005) {
    const saved = trans.__('saved %1', seconds(words, receipt.saved_seconds));
    parts.push([saved, trans.__('Prepared before you asked')]);
  }
  const model = modelOf(words, turn);
  if (model !== '') {
    parts.push([model, trans.__('The model that answered')]);
  }
  return parts.length === 0 ? null : (
    <ul className="maestro-Took" aria-label={trans.__('Time and cost')}>
      {parts.map(([text, title]) => (
        <li key={text} title={title}>
          {text}
        </li>
      ))}
    </ul>
  );
}

function modelOf({ trans }: Words, { spent }: TurnView): string {
  return spent === null ? '' : spent.local ? trans.__('%1 on this machine', spent.model) : spent.model;
}
