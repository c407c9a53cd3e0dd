/** Which of a change may be applied: judged over what is ticked, as the kernel does (edit/proposal.py). */

import type { ChangeView, FileChangeView } from './protocol';

/** Whether there is something in a change that may be applied, if not as it is ticked. */
export function possible(change: ChangeView): boolean {
  return change.problem === '' && change.files.some(file => file.blocked === '');
}

/** The files of which places are ticked though they may not be changed. */
export function inTheWay(change: ChangeView, accepted: ReadonlySet<string>): readonly FileChangeView[] {
  return change.files.filter(file => file.blocked !== '' && file.hunks.some(hunk => accepted.has(hunk.id)));
}
