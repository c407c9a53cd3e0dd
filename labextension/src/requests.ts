/**
 * What a person sends: a request on its way, and what may be wrong with it.
 */

import type { Attachment, TurnView } from './protocol';

/** A request that has no turn of the kernel's yet. */
export interface IPending {
  request: string;
  text: string;
  notebookId: string;
  turn: string;
  attachments: readonly Attachment[];
  /** Whether the kernel went away before it said that it has the request. */
  lost: boolean;
}

export interface IProblem {
  message: string;
  hint: string;
}

export interface ISubmission {
  text: string;
  source: 'cell' | 'chat';
  notebookId: string;
  cellId?: string;
  fresh?: boolean;
  attachments?: Attachment[];
}

export function pendingOf(request: string, { text, notebookId, attachments = [] }: ISubmission): IPending {
  return { request, text, notebookId, turn: '', attachments, lost: false };
}

/** What has no turn in the picture yet. */
export function unsettled(pending: readonly IPending[], turns: readonly TurnView[]): readonly IPending[] {
  const known = new Set(turns.map(turn => turn.id));
  return pending.filter(each => !known.has(each.turn));
}

/** The kernel went away: what was on its way may be lost. */
export function lost(pending: readonly IPending[]): IPending[] {
  return pending.map(each => ({ ...each, lost: true }));
}

/** What the kernel does not have after all, when its picture is there again; `before` are the turns known until now. */
export function missed(
  pending: readonly IPending[],
  turns: readonly TurnView[],
  before: readonly TurnView[]
): IPending[] {
  const known = new Set(before.map(turn => turn.id));
  const taken = ({ turn, text, notebookId }: IPending): boolean =>
    turns.some(
      each => each.id === turn || (!known.has(each.id) && each.request === text && each.notebook_id === notebookId)
    );
  return lost(pending.filter(each => !taken(each)));
}
