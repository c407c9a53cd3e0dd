/** What was prepared in this session, what of it was used or wasted, and what it saved. */

import { useEffect, useState } from 'react';
import type { JSX } from 'react';
import type { Session } from '../session';
import { seconds, useFrame, useParts } from './frame';
import { Rating } from './rating';

export function Ledger({ session }: { session: Session }): JSX.Element | null {
  useParts(session, 'ledger', 'ask_rating', 'model', 'connection');
  const { trans } = useFrame();
  const [rating, setRating] = useState<'closed' | 'open' | 'done'>('closed');
  useEffect(() => setRating('closed'), [session]);
  const { ledger, ask_rating, model } = session.view;
  if (!session.connected || ledger === undefined) {
    return null;
  }
  const costs = ledger.dollars > 0 || ledger.tokens > 0;
  return (
    <footer className="maestro-Ledger">
      {rating === 'open' && (
        <Rating
          question={trans.__('How was this session?')}
          onRate={({ fast, smooth, anticipated }) => {
            session.rate('', fast, smooth, anticipated);
            setRating('done');
          }}
          onDismiss={() => setRating('closed')}
        />
      )}
      <p>
        <span>{trans.__('%1 prepared', ledger.prepared)}</span>
        <span>{trans.__('%1 used', ledger.used)}</span>
        <span>{trans.__('%1 wasted', ledger.wasted)}</span>
        <span>{trans.__('%1 saved', seconds(trans, ledger.saved_seconds))}</span>
        {costs && <span>{trans.__('%1 tokens, $%2', ledger.tokens, ledger.dollars.toFixed(2))}</span>}
        <span className="maestro-Ledger-model">
          {model === '' || model === undefined ? trans.__('no model') : model}
        </span>
        {ask_rating === true && rating === 'closed' && (
          <button type="button" className="maestro-Link" onClick={() => setRating('open')}>
            {trans.__('Rate session')}
          </button>
        )}
        {rating === 'done' && <span role="status">{trans.__('Thank you')}</span>}
      </p>
    </footer>
  );
}
