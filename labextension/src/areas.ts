/** What stands on a page, wherever it stands. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { Widget } from '@lumino/widgets';

/** The widgets of the areas in which documents, consoles and their like are opened. */
export function* shownIn(shell: JupyterFrontEnd.IShell): Generator<Widget> {
  for (const area of ['main', 'left', 'right', 'down']) {
    yield* widgetsIn(shell, area);
  }
}

function widgetsIn(shell: JupyterFrontEnd.IShell, area: string): Iterable<Widget> {
  try {
    return shell.widgets(area);
  } catch {
    return []; // JupyterLab before 4.6 and Notebook 7 raise an error for an area that they do not have
  }
}
