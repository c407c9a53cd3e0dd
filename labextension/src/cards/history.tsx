/**
 * The conversation, oldest first. Long ones stay quick: what is off screen is neither laid out (content-visibility) nor
 * rendered as Markdown until it comes near.
 */

import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { JSX, MutableRefObject } from 'react';
import type { QuestionView, TurnView } from '../protocol';
import type { Session } from '../session';
import { maestroIcon } from '../icon';
import { Change } from './diff';
import type { OnAct } from './diff';
import type { IComposing } from './drafting';
import { End } from './end';
import { useFrame, useParts } from './frame';
import { Confirmation, onCard, questionsOf } from './question';
import { Rating } from './rating';
import { Request, Turn } from './turn';

/** Stay at the end, whatever grows, until the person scrolls away from it; a new request leads back to it. */
function useStickToEnd(content: React.RefObject<HTMLElement>, asked: number): React.RefObject<HTMLDivElement> {
  const scroller = useRef<HTMLDivElement>(null);
  const end = useRef<End | null>(null);
  useLayoutEffect(() => {
    if (scroller.current !== null && content.current !== null) {
      const made = (end.current = new End(scroller.current, content.current));
      return () => made.dispose();
    }
    return undefined;
  }, [content]);
  useLayoutEffect(() => end.current?.seek(), [asked]);
  return scroller;
}

interface IHistoryProps {
  session: Session;
  notebookId: () => string;
  composing: IComposing;
  answeredHere: MutableRefObject<string>;
}

export function History({ session, notebookId, composing, answeredHere }: IHistoryProps): JSX.Element {
  useParts(
    session,
    'turns',
    'changes',
    'question',
    'earlier_questions',
    'pending',
    'ask_rating',
    'ask_session',
    'connection'
  );
  const { trans } = useFrame();
  const content = useRef<HTMLDivElement>(null);
  const turns = session.turnsOf(notebookId());
  const pending = session.pending.filter(each => each.notebookId === notebookId());
  const scroller = useStickToEnd(content, turns.length + pending.length);
  const [unrated, setUnrated] = useState('');
  const onCancel = useCallback((turn: string) => session.cancel(turn), [session]);
  const onAgain = useCallback(
    (turn: TurnView) => {
      session.submit({ text: turn.request, source: 'chat', notebookId: notebookId(), fresh: true });
    },
    [session, notebookId]
  );
  const onAct = useCallback<OnAct>(
    (turn, action, hunks = [], fix = 0) => {
      session.send({ type: 'change', turn, action, hunks, fix });
    },
    [session]
  );
  useEffect(() => setUnrated(''), [session]);
  const changes = new Map(session.view.changes?.map(change => [change.turn, change]));
  const newest = turns[turns.length - 1];
  const questions = new Map(questionsOf(session, notebookId()).map(each => [each.turn, each]));
  const confirmed = (question: QuestionView | undefined): JSX.Element | null =>
    question !== undefined && onCard(session, question) ? (
      <Confirmation
        key={question.id}
        session={session}
        notebookId={notebookId}
        composing={composing}
        question={question}
        answeredHere={answeredHere}
      />
    ) : null;
  const asks =
    session.connected &&
    session.view.ask_rating === true &&
    session.view.ask_session !== true && // one question at a time
    newest?.state === 'done' &&
    !newest.rated &&
    newest.id !== unrated;
  return (
    <div className="maestro-History" ref={scroller} role="region" aria-label={trans.__('Conversation')} tabIndex={0}>
      <div className="maestro-History-content" ref={content}>
        {turns.length === 0 && pending.length === 0 && <Welcome session={session} />}
        {turns.map(turn => (
          <Turn
            key={turn.id}
            turn={turn}
            asks={questions.has(turn.id)}
            newest={turn === newest}
            onCancel={onCancel}
            onAgain={onAgain}
            change={changes.get(turn.id)}
          >
            <Change change={changes.get(turn.id)} connected={session.connected} onAct={onAct}>
              {confirmed(questions.get(turn.id))}
            </Change>
            {asks && turn === newest && (
              <Rating
                question={trans.__('How did that feel?')}
                onRate={({ fast, smooth, anticipated }) => session.rate(turn.id, fast, smooth, anticipated)}
                onDismiss={() => setUnrated(turn.id)}
              />
            )}
          </Turn>
        ))}
        {pending.map(each => (
          <article
            className="maestro-Turn"
            key={each.request}
            aria-label={each.text.slice(0, 60)}
            aria-busy={!each.lost}
          >
            <Request text={each.text} fromCell={false} />
            {each.lost ? (
              <Lost connected={session.connected} onDone={again => session.resend(each, again)} />
            ) : (
              <p className="maestro-Working">
                <span className="maestro-Dots" aria-hidden="true" />
                {trans.__('Sent…')}
              </p>
            )}
          </article>
        ))}
      </div>
    </div>
  );
}

/** The kernel went away before it took a request. */
function Lost({ connected, onDone }: { connected: boolean; onDone: (again: boolean) => void }): JSX.Element {
  const { trans } = useFrame();
  return (
    <div className="maestro-Lost">
      <p>{trans.__('The kernel went away before it took this.')}</p>
      <button type="button" className="maestro-Button" disabled={!connected} onClick={() => onDone(true)}>
        {trans.__('Send again')}
      </button>{' '}
      <button type="button" className="maestro-Button" onClick={() => onDone(false)}>
        {trans.__('Discard')}
      </button>
    </div>
  );
}

/** What a person sees first: what this is for, and requests to begin with that need no model. */
function Welcome({ session }: { session: Session }): JSX.Element {
  const { trans } = useFrame();
  const examples = [
    trans.__('what changed since yesterday'),
    trans.__('where is … defined'),
    trans.__('explain @'),
    trans.__('why did it fail')
  ];
  return (
    <div className="maestro-Welcome">
      <maestroIcon.react tag="span" aria-hidden="true" className="maestro-Welcome-icon" />
      <p className="maestro-Welcome-lead">{trans.__('What you type is being worked on while you type it.')}</p>
      <p>{trans.__('Ask below, or start a cell with %1.', '%%maestro')}</p>
      {session.connected && (
        <ul aria-label={trans.__('Requests to begin with')}>
          {examples.map(example => (
            <li key={example}>
              <button type="button" className="maestro-Example" onClick={() => session.propose(example)}>
                {example}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
