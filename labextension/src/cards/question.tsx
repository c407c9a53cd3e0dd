/** An open clarification: what is prepared for an answer is marked meanwhile, and an own answer is prepared for too. */

import { checkIcon } from '@jupyterlab/ui-components';
import { Fragment, useEffect, useRef, useState } from 'react';
import type { JSX, MutableRefObject, ReactNode } from 'react';
import { possible } from '../applying';
import type { QuestionView } from '../protocol';
import type { Session } from '../session';
import { useDrafting } from './drafting';
import type { IComposing, IDrafting } from './drafting';
import { useFrame, useParts } from './frame';
import { moveFocus } from './keys';
import { PlanText } from './plan';
import { withoutAttachments } from './turn';
import type { Words } from '../words';

interface IOpenQuestionProps {
  session: Session;
  notebookId: () => string;
  composing: IComposing;
  /** The turn whose question was answered here last, by keyboard or pointer: the focus goes on to what it asks next. */
  answeredHere: MutableRefObject<string>;
}

/** The open questions on the screen of a notebook, oldest first: those of its own turns, or of none that we know. */
export function questionsOf(session: Session, notebookId: string): QuestionView[] {
  const { question, earlier_questions: earlier = [] } = session.view;
  const mine = new Set(session.turnsOf(notebookId).map(turn => turn.id));
  const known = new Set(session.turns.map(turn => turn.id));
  const open = question ? [...earlier, question] : earlier;
  return session.connected ? open.filter(each => mine.has(each.turn) || !known.has(each.turn)) : [];
}

/** The one that is asked below the conversation: the newest for which no card has the buttons. */
export function questionOf(session: Session, notebookId: string): QuestionView | null {
  const open = questionsOf(session, notebookId);
  return open.filter(each => !onCard(session, each)).at(-1) ?? open.at(-1) ?? null;
}

/** Whether a change waits for a yes on its card: what is done with it is chosen there, and nowhere else. */
export function onCard(session: Session, question: QuestionView | null): boolean {
  const change = session.view.changes?.find(each => each.turn === question?.turn);
  return question?.stage === 'READY' && change?.state === 'proposed' && possible(change);
}

/** What else can be said about a change that waits for a yes; its card has the buttons. */
export function Confirmation(props: IOpenQuestionProps & { question: QuestionView }): JSX.Element {
  const { session, notebookId, composing, question, answeredHere } = props;
  const request = session.turns.find(turn => turn.id === question.turn)?.request ?? '';
  const drafting = useDrafting(session, notebookId, composing, withoutAttachments(request).text);
  useEffect(() => () => drafting.forget(), [drafting]);
  return (
    <Question
      question={question}
      drafting={drafting}
      plan={<PlanText session={session} turn={question.turn} />}
      carded
      onChoose={(option, text) => {
        answeredHere.current = question.turn;
        drafting.forget();
        session.typedBecameRequest();
        session.choose(question.id, option, text);
      }}
    />
  );
}

export function OpenQuestion({ session, notebookId, composing, answeredHere }: IOpenQuestionProps): JSX.Element {
  useParts(session, 'question', 'earlier_questions', 'turns', 'changes', 'connection');
  const question = questionOf(session, notebookId());
  const request = session.turns.find(turn => turn.id === question?.turn)?.request ?? '';
  const drafting = useDrafting(session, notebookId, composing, withoutAttachments(request).text);
  useEffect(() => () => drafting.forget(), [drafting]);
  const card = useRef<HTMLDivElement>(null);
  const id = question?.id ?? '';
  const carded = onCard(session, question);
  useEffect(() => {
    // Who answered here goes on here: at the next question, and until it comes in the chat box.
    const panel = card.current?.closest('.maestro-Panel');
    const box = panel?.querySelector<HTMLTextAreaElement>('.maestro-Composer textarea');
    const busy = document.activeElement !== document.body && document.activeElement !== box;
    const follows = answeredHere.current !== '' && (question === null || question.turn === answeredHere.current);
    if (!follows || busy || (box?.value ?? '') !== '') {
      return;
    }
    const answers = (carded ? panel : card.current)?.querySelectorAll<HTMLButtonElement>(
      carded ? '[data-confirm] .maestro-Change-actions button' : '.maestro-Question-options button'
    );
    // A key that is still held down must not confirm a change.
    (answers?.[question?.stage === 'READY' ? answers.length - 1 : 0] ?? box)?.focus();
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [id, carded]);
  return (
    <div ref={card}>
      {question !== null && !carded && (
        <Question
          key={question.id}
          question={question}
          drafting={drafting}
          about={questionsOf(session, notebookId()).length > 1 ? withoutAttachments(request).text : ''}
          plan={question.stage === 'READY' && <PlanText key={question.id} session={session} turn={question.turn} />}
          onChoose={(option, text) => {
            answeredHere.current = card.current?.contains(document.activeElement) === true ? question.turn : '';
            drafting.forget();
            session.typedBecameRequest();
            session.choose(question.id, option, text);
          }}
        />
      )}
    </div>
  );
}

/** How an answer reads: offered answers to a question of ours are ours too, those to a model's question are not. */
export function labelOf({ tell, knows }: Words, question: QuestionView, label: string): string {
  return knows(question.text) ? tell(label) : label;
}

/** A label with the places where a path may be broken: after its slashes, dots and underscores. */
function breakable(label: string): ReactNode[] {
  return label.split(/(?<=[/._])(?=\w)/).map((part, place) => (
    <Fragment key={place}>
      {place > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}

interface IQuestionProps {
  question: QuestionView;
  drafting: IDrafting;
  /** Where the text of what is to be confirmed can be changed. */
  plan: ReactNode;
  onChoose: (option: string, text: string) => void;
  /** The request that it belongs to, where others are asked about as well. */
  about?: string;
  /** Whether it is asked on the card of the change, which has the buttons. */
  carded?: boolean;
}

function Question({ question, drafting, plan, onChoose, about = '', carded = false }: IQuestionProps): JSX.Element {
  const { trans, words } = useFrame();
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(false);
  const inComposition = useRef(false);
  const confirms = question.stage === 'READY'; // where nothing is guessed, nothing is prepared
  const choose = (option: string, answer: string): void => {
    setChosen(true);
    onChoose(option, answer);
  };
  const write = (next: string, cursor: number): void => {
    setText(next);
    if (!inComposition.current && next.trim() !== '') {
      drafting.typed(next, cursor);
    }
  };
  return (
    <form
      className="maestro-Question"
      aria-label={trans.__('Question')}
      onSubmit={event => {
        event.preventDefault();
        if (text.trim() !== '' && !inComposition.current) {
          choose('', text.trim());
        }
      }}
    >
      <fieldset disabled={chosen}>
        <legend className={carded ? 'maestro-mod-hidden' : undefined}>
          {carded ? trans.__('Or change it first') : words.tell(question.text)}
        </legend>
        {about !== '' && <p className="maestro-Question-about">{about}</p>}
        {!carded && (
          <div
            className="maestro-Question-options"
            role="group"
            aria-label={trans.__('Answers; the arrow keys go from one to the next')}
            onKeyDown={moveFocus}
          >
            {question.options.map((option, place) => (
              <button
                key={option.id}
                type="button"
                className={`maestro-Button ${confirms && place === 0 ? 'maestro-mod-accept' : ''}`}
                title={option.ready && !confirms ? trans.__('Already prepared') : undefined}
                onClick={() => choose(option.id, '')}
              >
                <span className="maestro-Question-label">{breakable(labelOf(words, question, option.label))}</span>
                {option.ready && !confirms && (
                  <>
                    <checkIcon.react tag="span" aria-hidden="true" className="maestro-Icon" />
                    <span className="maestro-mod-hidden">{trans.__('already prepared')}</span>
                  </>
                )}
              </button>
            ))}
          </div>
        )}
        {plan}
        <div className="maestro-Question-own">
          <input
            className="maestro-Input"
            dir="auto"
            value={text}
            placeholder={carded ? trans.__('Say what shall be otherwise…') : trans.__('Something else…')}
            aria-label={trans.__('Another answer')}
            onChange={event => write(event.target.value, event.target.selectionStart ?? event.target.value.length)}
            onCompositionStart={() => {
              inComposition.current = true;
            }}
            onCompositionEnd={event => {
              inComposition.current = false;
              write(event.currentTarget.value, event.currentTarget.value.length);
            }}
          />
          {text.trim() !== '' && (
            <button type="submit" className="maestro-Button maestro-mod-accept">
              {trans.__('Answer')}
            </button>
          )}
        </div>
      </fieldset>
    </form>
  );
}
