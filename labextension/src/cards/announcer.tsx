/** Tells a screen reader what sighted people see happen: once, when it has settled, and nothing twice. */

import { useEffect, useRef, useState } from 'react';
import type { JSX } from 'react';
import { possible } from '../applying';
import type { Session } from '../session';
import type { Words } from '../words';
import { useFrame, useParts } from './frame';
import { isIndexing } from './notices';
import { labelOf, onCard, questionOf } from './question';

/** Milliseconds without a change after which what is to be said has settled. */
const SETTLED = 1000;

interface IAnnouncerProps {
  session: Session;
  notebookId: () => string;
}

export function Announcer({ session, notebookId }: IAnnouncerProps): JSX.Element {
  useParts(
    session,
    'stage',
    'prediction',
    'turns',
    'changes',
    'question',
    'earlier_questions',
    'ask_session',
    'index',
    'connection'
  );
  const { words } = useFrame();
  const [said, setSaid] = useState({ text: '', count: 0 });
  const known = useRef<ReadonlyMap<string, string>>(new Map());
  const now = useRef<ReadonlyMap<string, string>>(new Map());
  now.current = sayings(session, notebookId(), words);
  const key = JSON.stringify([...now.current]);
  useEffect(() => {
    const timer = window.setTimeout(() => {
      const fresh = [...now.current].filter(([what, text]) => known.current.get(what) !== text);
      known.current = now.current;
      if (fresh.length > 0) {
        setSaid(({ count }) => ({ text: fresh.map(([, text]) => text).join(' '), count: count + 1 }));
      }
    }, SETTLED);
    return () => window.clearTimeout(timer);
  }, [key]);
  return (
    <div className="maestro-mod-hidden" aria-live="polite" role="status">
      {/* Another node each time: the same words can be news again. */}
      <span key={said.count}>{said.text}</span>
    </div>
  );
}

/** Everything that could be said of the session as it stands, by what it is about. */
function sayings(session: Session, notebookId: string, words: Words): ReadonlyMap<string, string> {
  const { trans } = words;
  const found = new Map<string, string>();
  const { prediction } = session;
  const { stage, index } = session.view;
  const newest = session.turnsOf(notebookId).at(-1);
  if (session.connected && isIndexing(index)) {
    found.set('index', trans.__('Reading the project.'));
  }
  if (session.connected && prediction !== undefined && prediction.files.length > 0) {
    if (stage !== undefined && stage.message !== '') {
      found.set('stage', words.tell(stage.message));
    }
    found.set('files', trans.__('Likely files: %1.', prediction.files.map(file => file.path).join(', ')));
  }
  const question = questionOf(session, notebookId);
  const change = session.view.changes?.find(each => each.turn === newest?.id);
  const proposed = question === null && change?.state === 'proposed' && possible(change) && !change.busy;
  if (question !== null && !onCard(session, question)) {
    const answers = question.options.map(option => {
      const label = labelOf(words, question, option.label);
      return option.ready && question.stage !== 'READY' ? trans.__('%1, already prepared', label) : label;
    });
    found.set(question.id, trans.__('Question: %1 Answers: %2.', words.tell(question.text), answers.join('; ')));
  } else if (question !== null || proposed) {
    const turn = question?.turn ?? change?.turn ?? '';
    found.set(`change ${turn}`, trans.__('A change is proposed: apply or discard it on its card.'));
  }
  if (newest?.state === 'cancelled') {
    found.set(newest.id, trans.__('The answer to “%1” was stopped.', newest.request.slice(0, 60)));
  }
  if (newest?.state === 'done') {
    found.set(newest.id, trans.__('The answer to “%1” is there.', newest.request.slice(0, 60)));
  }
  if (session.view.ask_session === true) {
    found.set('session', trans.__('How was this session? It can be rated below the chat box.'));
  }
  return found;
}
