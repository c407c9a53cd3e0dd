/**
 * The three questions after an answer: how fast it felt, how smooth it was, whether it anticipated the need. One line
 * until the person opens it.
 */

import { caretDownIcon, caretRightIcon, closeIcon } from '@jupyterlab/ui-components';
import { useId, useState } from 'react';
import type { JSX } from 'react';
import { IconButton, useFrame } from './frame';

export type Marks = Record<'fast' | 'smooth' | 'anticipated', number | null>;

const NONE: Marks = { fast: null, smooth: null, anticipated: null };

interface IRatingProps {
  question: string;
  /** Whether the person has asked for it. */
  opened?: boolean;
  onRate: (marks: Marks) => void;
  onDismiss: () => void;
}

export function Rating({ question, opened = false, onRate, onDismiss }: IRatingProps): JSX.Element {
  const { trans } = useFrame();
  const [marks, setMarks] = useState(NONE);
  const [open, setOpen] = useState(opened);
  const id = useId();
  const rows: [keyof Marks, string, string][] = [
    ['fast', trans.__('Fast'), trans.__('How fast did it feel?')],
    ['smooth', trans.__('Smooth'), trans.__('How smooth was it?')],
    ['anticipated', trans.__('Foresaw'), trans.__('Did it anticipate your need?')]
  ];
  const caret = open ? caretDownIcon : caretRightIcon;
  const touched = Object.values(marks).some(mark => mark !== null);
  return (
    <form
      className={`maestro-Rating ${open ? 'maestro-mod-open' : ''}`}
      aria-label={question}
      onSubmit={event => {
        event.preventDefault();
        onRate(marks);
      }}
    >
      <div className="maestro-Rating-head">
        <button
          type="button"
          className="maestro-Rating-toggle"
          aria-expanded={open}
          title={trans.__('Three marks: how fast, how smooth, how well foreseen')}
          onClick={() => setOpen(!open)}
        >
          <caret.react tag="span" aria-hidden="true" className="maestro-Icon" />
          {question}
        </button>
        <IconButton icon={closeIcon} label={trans.__('Not now')} onClick={onDismiss} />
      </div>
      {open &&
        rows.map(([name, label, long]) => (
          <fieldset key={name} className="maestro-Rating-row">
            <legend title={long}>
              <span aria-hidden="true">{label}</span>
              <span className="maestro-mod-hidden">{long}</span>
            </legend>
            <div className="maestro-Rating-marks">
              {[1, 2, 3, 4, 5].map(mark => (
                <label key={mark} title={trans.__('%1 of 5', mark)}>
                  <input
                    type="radio"
                    name={`${id}-${name}`}
                    value={mark}
                    checked={marks[name] === mark}
                    onChange={() => setMarks({ ...marks, [name]: mark })}
                  />
                  <span>{mark}</span>
                </label>
              ))}
            </div>
          </fieldset>
        ))}
      {open && touched && (
        <button type="submit" className="maestro-Button maestro-mod-accept">
          {trans.__('Send')}
        </button>
      )}
    </form>
  );
}
