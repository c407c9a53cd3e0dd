/** A subshell for our comm, so that typing is heard while a cell runs. */

import { CommsOverSubshells } from '@jupyterlab/services';
import type { Kernel } from '@jupyterlab/services';

/** How long to wait for a subshell of our own (milliseconds). */
const SUBSHELL_WAIT = 2000;

/** The same after a restart that failed: JupyterLab keeps all messages 3 s where a busy kernel says nothing. */
const KEPT_WAIT = 8000;

/** What JupyterLab's comms have beyond their interface. */
interface ISubshelled {
  subshellId?: string | null;
  subshellStarted?: Promise<void>;
}

/**
 * Give the comm a subshell of its own, also where the person switched subshells off for widgets: without one, every
 * typing event would wait for the running cell. Waits for it, but not for long.
 *
 * `perComm`, because the subshell of a target is shared with the comm by which the kernel announces itself, and
 * JupyterLab (4.6) may delete it with that comm although ours still counts on it. By way of `disabled`, because a mode
 * set before the former one has come to its end starts two subshells. `kept` where JupyterLab may keep messages.
 */
export async function ownSubshell(comm: Kernel.IComm, supported: boolean, kept = false): Promise<void> {
  const inner = comm as ISubshelled;
  const deadline = Date.now() + (kept ? KEPT_WAIT : SUBSHELL_WAIT);
  const before = inner.subshellStarted;
  if (comm.commsOverSubshells !== CommsOverSubshells.Disabled) {
    comm.commsOverSubshells = CommsOverSubshells.Disabled;
    await until(() => comm.isDisposed || inner.subshellStarted !== before, deadline);
  }
  if (supported && !comm.isDisposed) {
    await pause(0);
    comm.commsOverSubshells = CommsOverSubshells.PerComm;
    // Not `subshellStarted`: it is replaced by another promise whenever the mode changes.
    await until(() => comm.isDisposed || Boolean(inner.subshellId), deadline);
  }
}

export async function until(done: () => boolean, deadline: number): Promise<void> {
  while (!done() && Date.now() < deadline) {
    await pause(10);
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => window.setTimeout(resolve, milliseconds));
}
