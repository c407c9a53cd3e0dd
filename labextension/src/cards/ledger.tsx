/** What was prepared in this session, what of it was used or wasted, and what it saved. */

import { useEffect, useState } from 'react';
import type { JSX } from 'react';
import type { Session } from '../session';
import { useAsking } from './asking';
import { seconds, useFrame, useParts } from './frame';
import { Markdown } from './markdown';
import { ModelPicker } from './models';
import { Rating } from './rating';

export function Ledger({ session }: { session: Session }): JSX.Element | null {
  useParts(session, 'ledger', 'ask_rating', 'ask_session', 'connection');
  const { trans, words } = useFrame();
  const [rating, setRating] = useState<'closed' | 'open' | 'done'>('closed');
  useEffect(() => {
    setRating('closed');
    setReport(null);
  }, [session]);
  const [report, setReport] = useState<string | null>(null);
  const { late, ask } = useAsking(session);
  const { ledger, ask_rating, ask_session } = session.view;
  const asks = rating === 'open' || (rating === 'closed' && ask_session === true);
  const open = (): void => {
    ask(session.askLedger(), markdown =>
      setReport(markdown === '' ? trans.__('The kernel does not answer.') : markdown)
    );
  };
  // What is open follows what is spent.
  const sums = JSON.stringify(ledger);
  const shown = report !== null;
  useEffect(() => {
    if (shown) {
      ask(session.askLedger(), markdown => setReport(old => (old === null || markdown === '' ? old : markdown)));
    }
  }, [session, sums, shown, ask]);
  if (!session.connected || ledger === undefined) {
    return null;
  }
  return (
    <footer className="maestro-Ledger">
      {asks && (
        <Rating
          key={rating}
          question={trans.__('How was this session?')}
          opened={rating === 'open'}
          onRate={({ fast, smooth, anticipated }) => {
            session.rate('', fast, smooth, anticipated);
            setRating('done');
          }}
          onDismiss={() => {
            if (ask_session === true) {
              session.rate('', null, null, null);
            }
            setRating('closed');
          }}
        />
      )}
      {report !== null && (
        <div className="maestro-Ledger-report" role="region" aria-label={trans.__('Ledger')} tabIndex={0}>
          <Markdown markdown={words.tellReport(report)} />
        </div>
      )}
      <p>
        {ledger.prepared > 0 && ( // before the first answer there is nothing to sum up
          <>
            <span>{trans.__('%1 prepared', ledger.prepared)}</span>
            <span>{trans.__('%1 used', ledger.used)}</span>
            <span>{trans.__('%1 wasted', ledger.wasted)}</span>
            <span>{trans.__('%1 saved', seconds(words, ledger.saved_seconds))}</span>
          </>
        )}
        {ledger.tokens > 0 && <span>{trans.__('%1 tokens', words.number(ledger.tokens))}</span>}
        {ledger.dollars > 0 && <span>${words.number(ledger.dollars, 2)}</span>}
      </p>
      <div className="maestro-Ledger-more">
        <ModelPicker session={session} />
        <button
          type="button"
          className="maestro-Link"
          aria-expanded={report !== null}
          onClick={() => (report === null ? open() : setReport(null))}
        >
          {report === null ? trans.__('Details') : trans.__('Hide details')}
        </button>
        {late && <span role="status">{trans.__('The kernel answers when its cell has ended.')}</span>}
        {ask_rating === true && rating === 'closed' && !asks && (
          <button type="button" className="maestro-Link" onClick={() => setRating('open')}>
            {trans.__('Rate session')}
          </button>
        )}
        {rating === 'done' && <span role="status">{trans.__('Thank you')}</span>}
      </div>
    </footer>
  );
}
