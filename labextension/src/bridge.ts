/**
 * The way to one kernel; beside `subshell.ts` the only file that knows comms.
 *
 * The kernel announces itself by opening and closing a comm of our target; we answer by opening a comm of our own,
 * since one opened by the kernel would carry its main shell's context and wait for running cells. This one handshake
 * serves a manual load, a reload of the extension or of the page, a kernel restart and autoload.
 */

import type { Kernel, KernelMessage as Jupyter } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import { isEnding, watchProcess } from './process';
import type { IProcess } from './process';
import { PROTOCOL, TARGET, decode } from './protocol';
import type { FrontMessage, KernelMessage } from './protocol';
import type { Connection, IWire } from './wire';
import { ownSubshell, until } from './subshell';

/** Evaluated as one expression, so that no name of ours appears among the person's. */
const FIND = '__import__("importlib.util").util.find_spec("codemaestro_jupyter") is None';
const LOADED = '"codemaestro" in get_ipython().extension_manager.loaded';
const LOAD = 'get_ipython().extension_manager.load_extension("codemaestro")';
export const LOAD_EXPRESSION = `"absent" if ${FIND} else ("loaded" if ${LOADED} or not ${LOAD} else "failed")`;

/** How long an announcement may come behind the reply to what caused it (milliseconds). */
const ANNOUNCEMENT_WAIT = 250;

/** How long a restart by another connection may seem over without a sign of the new process (milliseconds). */
const RESTART_WAIT = 15_000;

export interface IBridgeOptions {
  kernel: Kernel.IKernelConnection;
  /** Whether the extension is loaded without being asked. */
  autoload: () => boolean;
  client: string;
  version: string;
}

export class Bridge implements IWire {
  constructor(options: IBridgeOptions) {
    this._options = options;
    this._kernel = options.kernel;
    this._target = this._registerTarget();
    this._process = watchProcess(options.kernel, () => this._onReplaced());
    this._kernel.statusChanged.connect(this._onStatus, this);
    this._kernel.connectionStatusChanged.connect(this._onConnectionStatus, this);
    this._kernel.disposed.connect(this.dispose, this);
    void this._begin();
  }

  get connection(): Connection {
    return this._connection;
  }

  get connectionChanged(): ISignal<this, Connection> {
    return this._connectionChanged;
  }

  get received(): ISignal<this, KernelMessage> {
    return this._received;
  }

  get kernel(): Kernel.IKernelConnection {
    return this._kernel;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  send(message: FrontMessage): boolean {
    if (this._connection.state !== 'connected' || this._comm === null || this._comm.isDisposed) {
      return false;
    }
    try {
      this._comm.send(message);
      return true;
    } catch {
      return false; // the kernel went away between two messages; its signals say so
    }
  }

  /** Load the extension in the kernel. One attempt at a time: a second call waits for the first. */
  load(): Promise<void> {
    if (this._loading === null) {
      const loading = this._load().finally(() => {
        this._loading = this._loading === loading ? null : this._loading;
      });
      this._loading = loading;
    }
    return this._loading;
  }

  restarting(underway: boolean): void {
    if (underway) {
      this._elsewhere = true;
      this._leave();
    } else if (this._elsewhere) {
      // Not yet: the old process may still have said something. Usually the new one says that it is there.
      window.setTimeout(() => this._elsewhere && !this._isDisposed && this._return(), RESTART_WAIT);
    }
  }

  stayed(): void {
    if (this._kernel.status === 'dead') {
      this._elsewhere = false;
      this._set({ state: 'lost' });
    } else if (this._elsewhere) {
      this._stayed = true;
      this._return();
    } else {
      this._leave(); // what was met since is the old process, and deaf
      this._stayed = this._restarting = true;
      // JupyterLab (4.4 to 4.6) keeps what is asked during a restart, and all that follows, until it has connected anew.
      const again = (): void => {
        if (this._restarting && !this._isDisposed) {
          this._return();
        }
      };
      this._kernel.reconnect().then(again, () => undefined); // the connection's own status tells what else may come
    }
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._kernel.statusChanged.disconnect(this._onStatus, this);
    this._kernel.connectionStatusChanged.disconnect(this._onConnectionStatus, this);
    this._kernel.disposed.disconnect(this.dispose, this);
    this._target.dispose();
    this._process.dispose();
    this._closeComm();
    Signal.clearData(this);
  }

  /** Look at a kernel that has just (re)started or that we have just met. */
  private async _begin(): Promise<void> {
    const generation = ++this._generation;
    this._closeComm();
    this._set({ state: 'starting' });
    if (this._stayed && this._met) {
      await this._open(); // a process that still runs a cell takes a comm, but answers nothing else until that ends
      return;
    }
    let language: string;
    try {
      language = (await this._kernel.info).language_info.name;
    } catch {
      return; // disposed or dead while starting; the status signal tells it
    }
    if (this._isDisposed || generation !== this._generation || this._connection.state === 'connected') {
      return;
    }
    if (language !== 'python') {
      this._set({ state: 'foreign', language });
      return;
    }
    if (this._options.autoload()) {
      await this.load();
    } else if (await this._isLoaded()) {
      await this._open();
    } else if (this._stillStarting()) {
      this._set({ state: 'unloaded' });
    }
  }

  private async _load(): Promise<void> {
    const generation = this._generation;
    this._announced = false;
    let outcome: Connection | 'loaded';
    try {
      outcome = await this._execute();
    } catch {
      return; // the kernel restarted or died meanwhile
    }
    if (this._isDisposed || generation !== this._generation) {
      return;
    }
    if (outcome === 'loaded') {
      // The reply and the announcement come over different sockets, in either order.
      await until(() => this._announced, Date.now() + ANNOUNCEMENT_WAIT);
      if (!this._announced && generation === this._generation) {
        await this._open(); // it was loaded before, so it did not announce itself
      }
    } else if (this._connection.state !== 'connected') {
      this._set(outcome);
    }
  }

  private async _execute(): Promise<Connection | 'loaded'> {
    const future = this._kernel.requestExecute({
      code: '',
      silent: true,
      store_history: false,
      stop_on_error: false,
      allow_stdin: false,
      user_expressions: { codemaestro: LOAD_EXPRESSION }
    });
    const content = (await future.done)?.content;
    const result: unknown = content?.status === 'ok' ? content.user_expressions?.codemaestro : undefined;
    return outcomeOf(result);
  }

  /** Whether any front end already talks to CodeMaestro in this kernel; runs no code. */
  private async _isLoaded(): Promise<boolean> {
    try {
      const { content } = await this._kernel.requestCommInfo({ target_name: TARGET });
      return content.status === 'ok' && Object.keys(content.comms).length > 0;
    } catch {
      return false;
    }
  }

  private _registerTarget(): { dispose(): void } {
    const kernel = this._kernel;
    const announced = (): void => {
      // The kernel's own comm is only the announcement; it is closed by the kernel at once.
      this._announced = true;
      window.setTimeout(() => void this._open(), 0);
    };
    kernel.registerCommTarget(TARGET, announced);
    return { dispose: () => kernel.removeCommTarget(TARGET, announced) };
  }

  private async _open(): Promise<void> {
    if (this._isDisposed || this._kernel.isDisposed) {
      return;
    }
    this._closeComm();
    if (this._connection.state === 'connected') {
      this._set({ state: 'starting' }); // what the old comm was asked is not answered any more
    }
    let comm: Kernel.IComm;
    try {
      comm = this._kernel.createComm(TARGET);
    } catch {
      this._set({ state: 'lost' }); // another connection of this page owns the kernel's comms
      return;
    }
    this._comm = comm;
    comm.onMsg = (message: Jupyter.ICommMsgMsg) => this._onMessage(comm, message.content.data);
    comm.onClose = (message: Jupyter.ICommCloseMsg) => this._onClose(comm, message.content.data);
    await ownSubshell(comm, this._kernel.supportsSubshells, this._stayed);
    if (this._comm !== comm || this._isDisposed || this._kernel.isDisposed) {
      return;
    }
    const { client, version } = this._options;
    comm.open({ type: 'hello', protocol: PROTOCOL, client, version });
  }

  private _closeComm(): void {
    const comm = this._comm;
    this._comm = null;
    if (comm !== null && !comm.isDisposed) {
      comm.onClose = () => undefined;
      try {
        comm.close();
      } catch {
        comm.dispose(); // the kernel is gone already
      }
    }
  }

  private _onMessage(comm: Kernel.IComm, data: unknown): void {
    const message = decode(data);
    if (this._isDisposed || comm !== this._comm) {
      return;
    }
    if (message === null) {
      console.warn('CodeMaestro: a message of the kernel was not understood', data);
      return;
    }
    if (message.type === 'welcome') {
      if (message.protocol !== PROTOCOL) {
        return; // the error that follows says what to do
      }
      this._met = true;
      this._set(this._stayed ? { state: 'connected', stayed: true } : { state: 'connected' });
    } else if (message.type === 'error' && this._connection.state !== 'connected') {
      this._set({ state: 'failed', message: message.message, hint: message.hint });
    }
    this._received.emit(message);
  }

  private _onClose(comm: Kernel.IComm, data: unknown): void {
    if (comm === this._comm) {
      this._comm = null;
      if (this._stayed && this._met && this._connection.state === 'starting') {
        this._met = false; // it is another process after all
        void this._begin();
        return;
      }
      this._set({ state: isEnding(data) ? 'lost' : 'unloaded' });
    }
  }

  private _onStatus(_: Kernel.IKernelConnection, status: Kernel.Status): void {
    if (status === 'restarting' || status === 'autorestarting') {
      this._restarting = true;
      this._leave();
    } else if (status === 'dead') {
      this._restarting = true;
      this._comm = null;
      this._set({ state: 'lost' });
    } else if (this._restarting && (status === 'idle' || status === 'busy' || status === 'starting')) {
      this._return();
    }
  }

  /** Another process answers, whoever restarted the kernel: a console, another page, the list of running kernels. */
  private _onReplaced(): void {
    if (!this._restarting && this._connection.state !== 'foreign') {
      this._leave();
      this._return();
    }
  }

  /** The kernel's process ends. */
  private _leave(): void {
    const comm = this._comm;
    this._stayed = false;
    this._generation++;
    this._comm = this._loading = null; // an answer to what the old process was asked may never come
    this._set({ state: 'starting' });
    comm?.dispose(); // nobody is there any more to whom it could be closed
  }

  /** Meet the process that took its place. */
  private _return(): void {
    this._restarting = this._elsewhere = false;
    this._process.forget();
    void this._begin();
  }

  private _onConnectionStatus(_: Kernel.IKernelConnection, status: Kernel.ConnectionStatus): void {
    if (status === 'disconnected' || (status === 'connecting' && this._connection.state === 'connected')) {
      this._wasCut = true;
      this._set({ state: 'lost' });
    } else if (status === 'connected' && this._wasCut) {
      this._wasCut = false;
      void this._begin(); // messages sent meanwhile are gone: ask for the whole picture again
    }
  }

  private _stillStarting(): boolean {
    return !this._isDisposed && this._connection.state === 'starting';
  }

  private _set(connection: Connection): void {
    if (!this._isDisposed) {
      this._connection = connection;
      this._connectionChanged.emit(connection);
    }
  }

  private readonly _options: IBridgeOptions;
  private readonly _kernel: Kernel.IKernelConnection;
  private readonly _target: { dispose(): void };
  private readonly _process: IProcess;
  private _comm: Kernel.IComm | null = null;
  private _connection: Connection = { state: 'starting' };
  private _loading: Promise<void> | null = null;
  private _generation = 0;
  private _announced = false;
  private _restarting = false;
  /** Whether another connection of this page is restarting the kernel. */
  private _elsewhere = false;
  /** Whether the last restart failed, and the process is still the old one. */
  private _stayed = false;
  /** Whether the process, or the one before it, was talked to. */
  private _met = false;
  private _wasCut = false;
  private _isDisposed = false;
  private readonly _connectionChanged = new Signal<this, Connection>(this);
  private readonly _received = new Signal<this, KernelMessage>(this);
}

/** What the evaluated `LOAD_EXPRESSION` says; `result` is one entry of a reply's `user_expressions`. */
export function outcomeOf(result: unknown): Connection | 'loaded' {
  if (typeof result === 'object' && result !== null) {
    const { status, data, ename, evalue } = result as Record<string, unknown>;
    if (status === 'ok' && typeof data === 'object' && data !== null) {
      const text = JSON.stringify((data as Record<string, unknown>)['text/plain']) ?? '';
      if (text.includes('loaded')) {
        return 'loaded';
      }
      if (text.includes('failed')) {
        return { state: 'failed', message: '%load_ext codemaestro', hint: '' };
      }
      return { state: 'absent' };
    }
    if (status === 'error' && ename !== 'NameError') {
      return { state: 'failed', message: `${String(ename)}: ${String(evalue)}`, hint: '' };
    }
  }
  return { state: 'absent' };
}
