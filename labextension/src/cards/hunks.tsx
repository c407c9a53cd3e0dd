/** The files of a change and their hunks, side by side; only what comes near the screen is drawn. */

import { memo, useEffect, useMemo, useRef, useState } from 'react';
import type { JSX } from 'react';
import { countsOf, rowsOf } from '../diffrows';
import type { IRow, ISide } from '../diffrows';
import type { FileChangeView, HunkView } from '../protocol';
import { useFrame } from './frame';
import { useNear } from './near';

/** Rows of one hunk that are drawn at once; more of them are a click away. */
const SHOWN_ROWS = 200;

/** Hunks that are drawn together once they come near, and the lines that the head of each takes. */
const GROUP = 50;
const HEAD_LINES = 2;

/** Of a row that is not drawn yet, in the size of its letters (diff.css). */
const LINE_HEIGHT = 1.35;

export type OnAccept = (hunks: readonly HunkView[], accept: boolean) => void;

/** Asks for the lines of a hunk that a large card leaves out. */
export type OnShow = (hunk: HunkView) => void;

interface IFileProps {
  file: FileChangeView;
  accepted: ReadonlySet<string>;
  /** Whether nothing can be accepted or rejected any more. */
  fixed: boolean;
  opened: boolean;
  onAccept: OnAccept;
  onShow: OnShow;
}

export function File({ file, accepted, fixed, opened, onAccept, onShow }: IFileProps): JSX.Element {
  const { trans, words } = useFrame();
  const [open, setOpen] = useState(opened);
  const box = useRef<HTMLInputElement>(null);
  const { added, removed } = countsOf(file.hunks);
  const more = file.hunks.reduce((sum, hunk) => sum + hunk.more, 0);
  const taken = file.hunks.filter(hunk => accepted.has(hunk.id)).length;
  useEffect(() => {
    if (box.current !== null) {
      box.current.indeterminate = taken > 0 && taken < file.hunks.length;
    }
  }, [taken, file.hunks.length]);
  const kinds = {
    changed: '',
    created: trans.__('new'),
    deleted: trans.__('deleted'),
    moved: trans.__('moved from %1', file.old_path)
  };
  const said = [kinds[file.kind], file.live ? trans.__('open notebook') : ''].filter(word => word !== '').join(', ');
  return (
    <div className="maestro-Change-file" role="group" aria-label={file.path}>
      <div className="maestro-Change-fileHead">
        <input
          type="checkbox"
          ref={box}
          checked={taken > 0 && taken === file.hunks.length}
          disabled={fixed}
          aria-label={trans.__('Accept all of %1', file.path)}
          onChange={event => onAccept(file.hunks, event.target.checked)}
        />
        <button
          type="button"
          className="maestro-Change-path"
          aria-expanded={open}
          title={file.path}
          onClick={() => setOpen(!open)}
        >
          <bdi>{file.path}</bdi>
        </button>
        {said !== '' && <span className="maestro-Note">{said}</span>}
        {file.blocked !== '' && <span className="maestro-mod-error">{words.tell(file.blocked)}</span>}
        <span className="maestro-Change-counts">
          {more > 0 ? (
            trans.__('%1 lines not shown', more)
          ) : (
            <>
              <span className="maestro-mod-added">+{added}</span>{' '}
              <span className="maestro-mod-removed">−{removed}</span>
            </>
          )}
        </span>
      </div>
      {open &&
        groupsOf(file.hunks).map((hunks, index) => (
          <Hunks
            key={index}
            hunks={hunks}
            accepted={accepted}
            fixed={fixed}
            near={index === 0}
            onAccept={onAccept}
            onShow={onShow}
          />
        ))}
    </div>
  );
}

function groupsOf(hunks: readonly HunkView[]): HunkView[][] {
  const groups = Array.from({ length: Math.ceil(hunks.length / GROUP) }, (_, group) => group * GROUP);
  return groups.map(start => hunks.slice(start, start + GROUP));
}

interface IHunksProps {
  hunks: readonly HunkView[];
  accepted: ReadonlySet<string>;
  fixed: boolean;
  /** Whether they are drawn wherever they are. */
  near: boolean;
  onAccept: OnAccept;
  onShow: OnShow;
}

/** Some hunks that follow each other: of thousands only those near the screen are in the page at all. */
const Hunks = memo(function Hunks({ hunks, accepted, near: first, ...rest }: IHunksProps): JSX.Element {
  const outer = useRef<HTMLDivElement>(null);
  const near = useNear(outer, first);
  const lines = hunks.reduce((sum, hunk) => sum + Math.min(hunk.lines.length, SHOWN_ROWS) + HEAD_LINES, 0);
  return (
    <div ref={outer} style={{ minHeight: near ? undefined : `${lines * LINE_HEIGHT}em` }}>
      {near && hunks.map(hunk => <Hunk key={hunk.id} hunk={hunk} accepted={accepted.has(hunk.id)} {...rest} />)}
    </div>
  );
}, sameHunks);

function sameHunks(before: IHunksProps, after: IHunksProps): boolean {
  return (
    before.fixed === after.fixed &&
    before.onAccept === after.onAccept &&
    before.onShow === after.onShow &&
    before.hunks.length === after.hunks.length &&
    before.hunks.every(
      (hunk, index) => hunk === after.hunks[index] && before.accepted.has(hunk.id) === after.accepted.has(hunk.id)
    )
  );
}

interface IHunkProps {
  hunk: HunkView;
  accepted: boolean;
  fixed: boolean;
  onAccept: OnAccept;
  onShow: OnShow;
}

/** Drawn anew only when it changes itself: among thousands of lines a tick must not wait for the others. */
const Hunk = memo(function Hunk({ hunk, accepted, fixed, onAccept, onShow }: IHunkProps): JSX.Element {
  const { trans, words } = useFrame();
  const rows = useMemo(() => rowsOf(hunk), [hunk]);
  const outer = useRef<HTMLDivElement>(null);
  const near = useNear(outer);
  const [most, setMost] = useState(SHOWN_ROWS);
  const shown = Math.min(rows.length, most);
  return (
    <div className={`maestro-Hunk ${accepted ? '' : 'maestro-mod-rejected'}`} data-hunk={hunk.id} ref={outer}>
      <label className="maestro-Hunk-head">
        <input
          type="checkbox"
          checked={accepted}
          disabled={fixed}
          onChange={event => onAccept([hunk], event.target.checked)}
        />
        <span>{words.tell(hunk.header)}</span>
        {hunk.why !== '' && <span className="maestro-Note">{words.tell(hunk.why)}</span>}
      </label>
      {near ? (
        <Rows rows={rows} shown={shown} name={hunk.header} />
      ) : (
        <div style={{ height: `${shown * LINE_HEIGHT}em` }} />
      )}
      {hunk.more > 0 && (
        <button type="button" className="maestro-Button" onClick={() => onShow(hunk)}>
          {trans.__('Show its %1 lines', hunk.more)}
        </button>
      )}
      {near && shown < rows.length && (
        <button type="button" className="maestro-Button" onClick={() => setMost(most + SHOWN_ROWS)}>
          {trans.__('Show more of the other %1 lines', rows.length - shown)}
        </button>
      )}
    </div>
  );
}, sameHunk);

/** A new picture of the change has new objects; what they say is mostly what is drawn. */
function sameHunk(before: IHunkProps, after: IHunkProps): boolean {
  const { hunk: old, ...rest } = before;
  const { id, header, why, lines } = after.hunk;
  return (
    rest.accepted === after.accepted &&
    rest.fixed === after.fixed &&
    rest.onAccept === after.onAccept &&
    rest.onShow === after.onShow &&
    old.id === id &&
    old.header === header &&
    old.why === why &&
    old.lines.length === lines.length &&
    old.lines.every((line, index) => line === lines[index])
  );
}

interface IRowsProps {
  rows: readonly IRow[];
  shown: number;
  /** Of the hunk that they are. */
  name: string;
}

const Rows = memo(function Rows({ rows, shown, name }: IRowsProps): JSX.Element | null {
  const { trans } = useFrame();
  if (shown === 0) {
    return null;
  }
  return (
    <table className="maestro-Hunk-lines" aria-label={name}>
      <thead className="maestro-mod-hidden">
        <tr>
          <th scope="col">{trans.__('Before')}</th>
          <th scope="col">{trans.__('After')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.slice(0, shown).map((row, index) => (
          <tr key={index} className={`maestro-Hunk-${row.kind}`}>
            <Side side={row.before} sign={row.kind === 'same' ? '' : '−'} word={trans.__('removed')} />
            <Side side={row.after} sign={row.kind === 'same' ? '' : '+'} word={trans.__('added')} />
          </tr>
        ))}
      </tbody>
    </table>
  );
});

function Side({ side, sign, word }: { side: ISide | null; sign: '' | '−' | '+'; word: string }): JSX.Element {
  if (side === null) {
    return <td className="maestro-Hunk-none" />;
  }
  const look = sign === '' ? '' : sign === '+' ? 'maestro-mod-added' : 'maestro-mod-removed';
  return (
    <td className={`maestro-Hunk-side ${look}`}>
      <span className="maestro-Hunk-number" aria-hidden="true">
        {side.number > 0 ? side.number : ''}
        {sign}
      </span>
      {sign !== '' && <span className="maestro-mod-hidden">{word} </span>}
      <code>{side.text === '' ? '\u200b' : side.text}</code>
    </td>
  );
}
