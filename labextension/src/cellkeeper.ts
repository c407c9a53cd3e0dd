/** Answers the kernels that ask what is open in this page, or want cells changed. */

import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { editCells, wireNotebook } from './celledits';
import type { Kernels } from './kernels';
import type { CellsAsked, WireNotebook } from './protocol';
import type { Session } from './session';

/** Serve every session that is there or will be; `unsaved` names other files that are open and not saved. */
export function keepCells(
  tracker: INotebookTracker,
  kernels: Kernels,
  unsaved: () => string[],
  trans: TranslationBundle
): void {
  const serve = (session: Session): void => {
    session.cellsAsked.connect((asking, message) => answer(tracker, asking, message, unsaved, trans));
  };
  kernels.added.connect((_, session) => serve(session));
  for (const session of kernels.sessions) {
    serve(session);
  }
}

function answer(
  tracker: INotebookTracker,
  session: Session,
  message: CellsAsked,
  unsaved: () => string[],
  trans: TranslationBundle
): void {
  const { request } = message;
  if (message.type === 'list_notebooks') {
    const notebooks: WireNotebook[] = [];
    tracker.forEach(panel => notebooks.push(wireNotebook(panel)));
    session.send({ type: 'open_notebooks', request, notebooks, unsaved: unsaved() });
    return;
  }
  let panel: NotebookPanel | undefined;
  tracker.forEach(each => {
    if (each.context.path === message.path) {
      panel = each;
    }
  });
  let reason: string;
  try {
    reason =
      panel === undefined ? trans.__('the notebook is not open any more') : editCells(panel, message.edits, trans);
  } catch (error) {
    reason = String(error);
  }
  session.send({ type: 'cells_edited', request, accepted: reason === '', reason });
}
