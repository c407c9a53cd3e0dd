/** One request and its answer. */

import { addBelowIcon, copyIcon, refreshIcon, stopIcon } from '@jupyterlab/ui-components';
import { memo } from 'react';
import type { JSX, ReactNode } from 'react';
import { besideCard } from '../diffrows';
import type { ChangeView, TurnView } from '../protocol';
import { IconButton, useFrame } from './frame';
import { Markdown } from './markdown';
import { Receipt, Took } from './receipt';

/** Characters of a request that name it. */
const NAMED = 60;

interface ITurnProps {
  turn: TurnView;
  /** Whether it waits for the person's answer to a question. */
  asks?: boolean;
  /** Whether it is the last of the conversation. */
  newest?: boolean;
  onCancel: (turn: string) => void;
  /** Ask the same again, with nothing reused. */
  onAgain: (turn: TurnView) => void;
  /** What the turn proposes: its card shows the diff, so the text does not. */
  change?: ChangeView;
  children?: ReactNode;
}

export const Turn = memo(function Turn({
  turn,
  asks = false,
  newest = false,
  onCancel,
  onAgain,
  change,
  children
}: ITurnProps): JSX.Element {
  const { trans, words, actions } = useFrame();
  const running = turn.state === 'running';
  const { markdown, aside } = withoutAside(change === undefined ? turn.markdown : besideCard(turn.markdown, change));
  return (
    <article
      className="maestro-Turn"
      aria-label={withoutAttachments(turn.request).text.slice(0, NAMED)}
      aria-busy={running}
      data-turn={turn.id}
    >
      <Request text={turn.request} fromCell={turn.cell_id !== ''} />
      <div className="maestro-Answer">
        {markdown !== '' && <Markdown markdown={words.tellRemarks(markdown)} newest={newest} />}
        {aside !== '' && (
          <details className="maestro-Aside">
            <summary>{trans.__('Made without a model')}</summary>
            <Markdown markdown={words.tell(aside)} />
          </details>
        )}
        {running && (
          <p className="maestro-Working">
            {!asks && <span className="maestro-Dots" aria-hidden="true" />}
            {asks ? trans.__('Waiting for your answer') : trans.__('Working on it…')}
            <IconButton icon={stopIcon} label={trans.__('Stop this answer')} onClick={() => onCancel(turn.id)} />
          </p>
        )}
        {turn.state === 'cancelled' && !saysStopped(turn.markdown) && (
          <p className="maestro-Note">{trans.__('Stopped.')}</p>
        )}
        {turn.state === 'failed' && (
          <p className="maestro-Note maestro-mod-error">{trans.__('This did not work out.')}</p>
        )}
        {turn.receipt && <Receipt receipt={turn.receipt} />}
        {!running && (
          <div className="maestro-Answer-actions">
            <Took turn={turn} />
            {turn.reused && <span className="maestro-Note">{trans.__('Answered earlier, nothing changed since')}</span>}
            <span className="maestro-Spacer" />
            <IconButton
              icon={refreshIcon}
              label={trans.__('Ask again, reusing nothing')}
              onClick={() => onAgain(turn)}
            />
            <IconButton
              icon={copyIcon}
              label={trans.__('Copy the answer')}
              disabled={turn.markdown === ''}
              onClick={() => actions.copy(turn.markdown)}
            />
            <IconButton
              icon={addBelowIcon}
              label={trans.__('Insert the answer below the active cell')}
              disabled={turn.markdown === ''}
              onClick={() => actions.insertBelow(turn.markdown, 'markdown')}
            />
          </div>
        )}
      </div>
      {children}
    </article>
  );
});

/** Whether an answer ends with the kernel's receipt for having been stopped: "Stopped, 312 tokens billed." */
function saysStopped(markdown: string): boolean {
  return /\*Stopped, [^*\n]*\*\s*$/.test(markdown);
}

/** An answer's text, and what stands at the end of one made without a model: what a model would add to it. */
export function withoutAside(answer: string): { markdown: string; aside: string } {
  const found = /(?:^|\n)\*Made without a model\. ([^\n]*)\*\s*$/.exec(answer);
  return found === null
    ? { markdown: answer, aside: '' }
    : { markdown: answer.slice(0, found.index).trimEnd(), aside: found[1] ?? '' };
}

/** A request as the kernel keeps it, apart from what was attached to it. */
export function withoutAttachments(request: string): { text: string; attached: string[] } {
  const [text = '', ...rest] = request.split(/\n*(?=^Attached (?:cell|error|file|variable) `[^`\n]*`[.:]$)/m);
  return { text, attached: rest.map(each => each.split(' ')[1] ?? '') };
}

export function Request({ text: request, fromCell }: { text: string; fromCell: boolean }): JSX.Element {
  const { trans } = useFrame();
  const { text, attached } = withoutAttachments(request);
  const origin = [
    ...(fromCell ? [trans.__('from a cell')] : []),
    ...(attached.length > 0 ? [trans.__('with %1', attached.join(', '))] : [])
  ];
  return (
    <div className="maestro-Request">
      <span className="maestro-mod-hidden">{trans.__('You asked:')}</span>
      <p dir="auto" title={attached.length > 0 ? request : undefined}>
        {text}
      </p>
      {origin.length > 0 && <span className="maestro-Request-origin">{origin.join(' · ')}</span>}
    </div>
  );
}
