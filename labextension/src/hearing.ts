/** Which connection of a page hears a kernel's comms: JupyterLab lets only the first of them, and tells nobody which. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel } from '@jupyterlab/services';
import { shownIn } from './areas';

/** What consoles, notebooks and most else that talks to a kernel have. */
interface IWithSession {
  sessionContext: ISessionContext;
}

function hasSession(widget: object): widget is IWithSession {
  const context: unknown = (widget as Partial<IWithSession>).sessionContext;
  return typeof context === 'object' && context !== null && 'session' in context;
}

/** The connection of some widget of the page that hears the kernel's comms; null if none does. */
export function hearing(shell: JupyterFrontEnd.IShell, id: string): Kernel.IKernelConnection | null {
  for (const widget of shownIn(shell)) {
    const kernel = hasSession(widget) ? widget.sessionContext.session?.kernel : null;
    if (kernel?.id === id && kernel.handleComms && !kernel.isDisposed) {
      return kernel;
    }
  }
  return null;
}
