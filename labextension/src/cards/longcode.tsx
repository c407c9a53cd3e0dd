/** A block of code that is too long to be highlighted: all of it, plainly, in pieces that are laid out each once. */

import { addBelowIcon, copyIcon, editIcon } from '@jupyterlab/ui-components';
import { useMemo } from 'react';
import type { JSX } from 'react';
import { IconButton, useFrame } from './frame';

/** Lines of a piece. */
const LINES = 100;

export function LongCode({ code }: { code: string }): JSX.Element {
  const { trans, actions } = useFrame();
  const pieces = useMemo(() => piecesOf(code), [code]);
  const bare = code.replace(/\n$/, '');
  return (
    <div className="jp-RenderedHTMLCommon">
      <div className="maestro-Code">
        <pre tabIndex={0}>
          <code>
            {pieces.map((piece, index) => (
              <span key={index} className="maestro-Code-piece">
                {piece}
              </span>
            ))}
          </code>
        </pre>
        <div className="maestro-Code-toolbar">
          <IconButton icon={copyIcon} label={trans.__('Copy code')} onClick={() => actions.copy(bare)} />
          <IconButton
            icon={addBelowIcon}
            label={trans.__('Insert code below the active cell')}
            onClick={() => actions.insertBelow(bare, 'code')}
          />
          <IconButton
            icon={editIcon}
            label={trans.__('Replace the active cell by this code')}
            onClick={() => actions.replaceActive(bare)}
          />
        </div>
      </div>
    </div>
  );
}

/** The code in pieces of whole lines; joined they are the code. */
export function piecesOf(code: string): string[] {
  const lines = code.split(/(?<=\n)/);
  const starts = Array.from({ length: Math.ceil(lines.length / LINES) }, (_, piece) => piece * LINES);
  return starts.map(start => lines.slice(start, start + LINES).join(''));
}
