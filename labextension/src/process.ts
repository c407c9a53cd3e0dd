/** Which process a kernel is: JupyterLab tells of a restart only to whoever asked for it, and keeps the kernel's id. */

import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';

/** States that the kernel tells itself; the others come from the server, under its own name. */
const OWN: readonly string[] = ['starting', 'busy', 'idle'];

export interface IProcess extends IDisposable {
  /** Whoever speaks next is the one. */
  forget(): void;
}

/** Whether the kernel closed a comm because its process ends. */
export function isEnding(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'ending' in data && data.ending === true;
}

/** Call `replaced` when another process speaks than the one that spoke before: each has a session id of its own. */
export function watchProcess(kernel: Kernel.IKernelConnection, replaced: () => void): IProcess {
  let known = '';
  let isDisposed = false;
  const look = (_: unknown, { header, content }: KernelMessage.IIOPubMessage): void => {
    if (header.msg_type !== 'status' || !OWN.includes((content as { execution_state: string }).execution_state)) {
      return;
    }
    const before = known;
    known = header.session;
    if (before !== '' && before !== known) {
      replaced();
    }
  };
  kernel.iopubMessage.connect(look);
  return {
    forget: () => {
      known = '';
    },
    get isDisposed() {
      return isDisposed;
    },
    dispose: () => {
      isDisposed = true;
      kernel.iopubMessage.disconnect(look);
    }
  };
}
