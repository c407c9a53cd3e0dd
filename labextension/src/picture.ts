/** How one picture of a session follows another: pure functions. */

import type { SessionView, TurnView } from './protocol';

/** A whole picture with a part of it replaced; `turns` are matched by id, new ones follow the old. */
export function merge(view: SessionView, part: SessionView): SessionView {
  const merged: SessionView = { ...view, ...part };
  if (part.turns !== undefined && view.turns !== undefined) {
    const changed = new Map(part.turns.map(turn => [turn.id, turn]));
    const known = new Set(view.turns.map(turn => turn.id));
    merged.turns = [
      ...view.turns.map(turn => changed.get(turn.id) ?? turn),
      ...part.turns.filter(turn => !known.has(turn.id))
    ];
  }
  return merged;
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
