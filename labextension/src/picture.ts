/** How one picture of a session follows another: pure functions. */

import type { ChangePart, ChangeView, HunkView, SessionView, TurnView } from './protocol';

/**
 * A whole picture with a part of it replaced; `turns` and `changes` are matched by turn, new ones follow the old, and
 * what is new of a change goes into it.
 */
export function merge(view: SessionView, { changed = [], ...part }: SessionView): SessionView {
  const merged: SessionView = { ...view, ...part };
  if (part.turns !== undefined && view.turns !== undefined) {
    merged.turns = renewed(view.turns, part.turns, turn => turn.id);
  }
  if (part.changes !== undefined && view.changes !== undefined) {
    merged.changes = renewed(view.changes, part.changes, change => change.turn);
  }
  const parts = new Map(changed.map(each => [each.turn, each]));
  if (merged.changes?.some(change => parts.has(change.turn))) {
    merged.changes = merged.changes.map(change => withPart(change, parts.get(change.turn)));
  }
  return merged;
}

/** What of a picture such a part renews: what is new of a change renews the changes. */
export function partsIn(part: SessionView): (keyof SessionView)[] {
  const names = Object.keys(part) as (keyof SessionView)[];
  return part.changed === undefined ? names : [...names, 'changes'];
}

/** A change with what is new of it; what is not stays the same object. */
function withPart(change: ChangeView, part: ChangePart | undefined): ChangeView {
  if (part === undefined) {
    return change;
  }
  const { taken, left, lines, ...own } = part;
  const ticks = new Map([...taken.map(id => [id, true] as const), ...left.map(id => [id, false] as const)]);
  const told = new Map(lines.map(each => [each.id, each.lines]));
  const renew = (hunk: HunkView): HunkView => {
    const shown = told.get(hunk.id);
    const ticked = ticks.get(hunk.id) ?? hunk.ticked;
    return shown === undefined ? { ...hunk, ticked } : { ...hunk, ticked, lines: shown, more: 0 };
  };
  const touched = ({ id }: HunkView): boolean => ticks.has(id) || told.has(id);
  const files = change.files.map(file =>
    file.hunks.some(touched) ? { ...file, hunks: file.hunks.map(hunk => (touched(hunk) ? renew(hunk) : hunk)) } : file
  );
  return { ...change, ...own, files };
}

function renewed<T>(old: readonly T[], part: readonly T[], key: (each: T) => string): T[] {
  const changed = new Map(part.map(each => [key(each), each]));
  const known = new Set(old.map(key));
  return [...old.map(each => changed.get(key(each)) ?? each), ...part.filter(each => !known.has(key(each)))];
}

/** What a screen showed of a kernel session that ended: what ran then was stopped. */
export function ended(turns: readonly TurnView[]): TurnView[] {
  return turns.map(turn => (turn.state === 'running' ? { ...turn, state: 'cancelled' } : turn));
}

/** A whole picture with turns of an earlier kernel session, in the order of their requests. */
export function withEarlier(view: SessionView, earlier: readonly TurnView[]): SessionView {
  const turns = view.turns ?? [];
  const known = new Set(turns.map(turn => turn.id));
  const missing = earlier.filter(turn => !known.has(turn.id));
  return missing.length === 0
    ? view
    : { ...view, turns: [...missing, ...turns].sort((one, other) => one.started - other.started) };
}

/** The turns that the screen of a notebook shows: its own, and those that belong to no notebook. */
export function turnsOf(turns: readonly TurnView[], notebookId: string): readonly TurnView[] {
  const mine = turns.filter(turn => turn.notebook_id === notebookId || turn.notebook_id === '');
  return mine.length === turns.length ? turns : mine;
}
