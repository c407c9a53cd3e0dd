/** An open clarification; what is already prepared for an answer is marked. */

import { checkIcon } from '@jupyterlab/ui-components';
import { useState } from 'react';
import type { JSX } from 'react';
import type { QuestionView } from '../protocol';
import type { Session } from '../session';
import { useFrame, useParts } from './frame';

interface IOpenQuestionProps {
  session: Session;
  notebookId: () => string;
}

export function OpenQuestion({ session, notebookId }: IOpenQuestionProps): JSX.Element | null {
  useParts(session, 'question', 'turns', 'connection');
  const { question } = session.view;
  const elsewhere =
    session.turns.some(turn => turn.id === question?.turn) &&
    session.turnsOf(notebookId()).every(turn => turn.id !== question?.turn);
  return question && session.connected && !elsewhere ? (
    <Question
      key={question.id}
      question={question}
      onChoose={(option, text) => session.choose(question.id, option, text)}
    />
  ) : null;
}

interface IQuestionProps {
  question: QuestionView;
  onChoose: (option: string, text: string) => void;
}

function Question({ question, onChoose }: IQuestionProps): JSX.Element {
  const { trans } = useFrame();
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(false);
  const choose = (option: string, answer: string): void => {
    setChosen(true);
    onChoose(option, answer);
  };
  return (
    <form
      className="maestro-Question"
      onSubmit={event => {
        event.preventDefault();
        if (text.trim() !== '') {
          choose('', text.trim());
        }
      }}
    >
      <fieldset disabled={chosen}>
        <legend>{question.text}</legend>
        <div className="maestro-Question-options">
          {question.options.map(option => (
            <button
              key={option.id}
              type="button"
              className="maestro-Button"
              title={option.ready ? trans.__('Already prepared') : undefined}
              onClick={() => choose(option.id, '')}
            >
              {option.label}
              {option.ready && (
                <>
                  <checkIcon.react tag="span" aria-hidden="true" className="maestro-Icon" />
                  <span className="maestro-mod-hidden">{trans.__('already prepared')}</span>
                </>
              )}
            </button>
          ))}
        </div>
        <input
          className="maestro-Input"
          value={text}
          placeholder={trans.__('Something else…')}
          aria-label={trans.__('Another answer')}
          onChange={event => setText(event.target.value)}
        />
      </fieldset>
    </form>
  );
}
