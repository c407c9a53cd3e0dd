/**
 * Which conversation belongs to which notebook: one session a kernel, shared by the notebooks that share the kernel.
 *
 * Only one connection of a page hears a kernel's comms, that of the notebook or console which was opened first, so that
 * one is used, whosever it is. When it is closed and others stay, we listen through a connection of our own, and give it
 * up to the next notebook that is opened with this kernel, whose widgets need it.
 */

import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import { Session } from './session';
import type { IWire } from './wire';

interface IEntry {
  session: Session;
  wire: IWire;
  kernel: Kernel.IKernelConnection;
  panels: Set<NotebookPanel>;
  /** Whether the connection is ours rather than a notebook's. */
  ours: boolean;
}

/** What we need of JupyterLab's kernels. */
export interface IServer {
  /** The way to a kernel. */
  wire(kernel: Kernel.IKernelConnection): IWire;
  /** The connection of anything on this page, say a console, that hears a kernel's comms; null if none does. */
  hearing(id: string): Kernel.IKernelConnection | null;
  /** Another connection to a kernel, which hears its comms if no other does. */
  again(kernel: Kernel.IKernelConnection): Kernel.IKernelConnection;
  /** The id of the kernel that a notebook file had when it was last open and still runs; empty for none. */
  kernelOf(path: string): string;
}

export class Kernels implements IDisposable {
  constructor(
    private readonly tracker: INotebookTracker,
    private readonly server: IServer
  ) {
    tracker.widgetAdded.connect(this._onAdded, this);
    tracker.currentChanged.connect(this._onCurrent, this);
    tracker.forEach(panel => this._onAdded(tracker, panel));
    this._onCurrent();
  }

  /** The session of the notebook that is, or was last, in front; null if it has no kernel. */
  get current(): Session | null {
    return this._current;
  }

  /** The notebook that is, or was last, in front. */
  get panel(): NotebookPanel | null {
    const panel = this.tracker.currentWidget;
    return panel === null || panel.isDisposed ? null : panel;
  }

  /** Emits when `current` or `panel` became another, or the notebook in front got another name. */
  get currentChanged(): ISignal<this, Session | null> {
    return this._currentChanged;
  }

  /** Emits each session once, when it begins. */
  get added(): ISignal<this, Session> {
    return this._added;
  }

  get sessions(): Iterable<Session> {
    return [...this._entries.values()].map(entry => entry.session);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  of(panel: NotebookPanel | null | undefined): Session | null {
    const id = panel?.sessionContext.session?.kernel?.id;
    return id === undefined ? null : (this._entries.get(id)?.session ?? null);
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this.tracker.widgetAdded.disconnect(this._onAdded, this);
    this.tracker.currentChanged.disconnect(this._onCurrent, this);
    for (const id of [...this._entries.keys()]) {
      this._end(id);
    }
    Signal.clearData(this);
  }

  private _onAdded(_: INotebookTracker, panel: NotebookPanel): void {
    panel.sessionContext.kernelChanged.connect(() => this._onKernelChanged(panel));
    panel.sessionContext.statusChanged.connect((_, status) => this._onStatus(panel, status));
    panel.context.pathChanged.connect(() => this._currentChanged.emit(this._current));
    panel.disposed.connect(() => {
      this._restarting.get(panel)?.restarting(false);
      this._leave(panel);
      this._onCurrent();
    });
    const kernel = this.server.kernelOf(panel.context.path);
    if (this._entries.get(kernel)?.ours) {
      this._end(kernel);
      void panel.sessionContext.ready.finally(() => this.tracker.forEach(each => this._look(each)));
    }
    this._look(panel);
  }

  private _look(panel: NotebookPanel): void {
    const kernel = panel.isDisposed ? null : panel.sessionContext.session?.kernel;
    this._leave(panel, kernel?.id);
    if (kernel) {
      this._join(panel, kernel);
    }
    this._onCurrent();
  }

  private _join(panel: NotebookPanel, kernel: Kernel.IKernelConnection): void {
    const entry = this._entries.get(kernel.id);
    if (entry !== undefined) {
      entry.panels.add(panel);
      return;
    }
    const hearing = kernel.handleComms ? kernel : this.server.hearing(kernel.id);
    const ours = hearing === null;
    const used = hearing ?? this.server.again(kernel);
    const wire = this.server.wire(used);
    const session = new Session(used.id, wire);
    this._entries.set(used.id, { session, wire, kernel: used, panels: new Set([panel]), ours });
    used.disposed.connect(() => this._onKernelDisposed(used));
    this._added.emit(session);
  }

  private _end(id: string): void {
    const entry = this._entries.get(id);
    this._entries.delete(id);
    entry?.session.dispose();
    if (entry?.ours) {
      entry.kernel.dispose();
    }
  }

  private _leave(panel: NotebookPanel, except?: string): void {
    for (const [id, entry] of this._entries) {
      if (id !== except && entry.panels.delete(panel) && entry.panels.size === 0) {
        this._end(id);
      }
    }
  }

  /** The notebook whose connection we used was closed; others may still have the kernel open. */
  private _onKernelDisposed(kernel: Kernel.IKernelConnection): void {
    const entry = this._entries.get(kernel.id);
    if (entry?.kernel !== kernel || this._isDisposed) {
      return;
    }
    this._end(kernel.id);
    for (const panel of entry.panels) {
      this._look(panel);
    }
  }

  /** A notebook restarts its kernel: of several connections, only the notebook's own is told. */
  private _onStatus(panel: NotebookPanel, status: Kernel.Status): void {
    const kernel = panel.sessionContext.session?.kernel;
    const entry = kernel ? this._entries.get(kernel.id) : undefined;
    if (status === 'restarting') {
      this._began.add(panel);
    }
    if (!kernel || entry === undefined || entry.kernel === kernel) {
      return; // it is heard by whoever talks to the kernel
    }
    if (status === 'restarting') {
      this._restarting.set(panel, entry.wire);
      entry.wire.restarting(true);
    } else if (this._restarting.delete(panel)) {
      entry.wire.restarting(false);
    }
  }

  /**
   * Another kernel, or the end of a restart: where that failed, the notebook is not ready. Its status does not tell, the
   * old process may have said since that it is idle.
   */
  private _onKernelChanged(panel: NotebookPanel): void {
    this._look(panel);
    const kernel = panel.sessionContext.session?.kernel;
    const failed = this._began.delete(panel) && !panel.sessionContext.isReady;
    if (kernel && (failed || kernel.status === 'dead')) {
      this._restarting.delete(panel);
      this._entries.get(kernel.id)?.wire.stayed();
    }
  }

  private _onCurrent(): void {
    const panel = this.panel;
    const session = this.of(panel);
    if (session !== this._current || panel !== this._lastPanel) {
      this._current = session;
      this._lastPanel = panel;
      this._currentChanged.emit(session);
    }
  }

  private _current: Session | null = null;
  private _lastPanel: NotebookPanel | null = null;
  /** Notebooks that are restarting a kernel which we hear through another connection, and our way to it. */
  private readonly _restarting = new WeakMap<NotebookPanel, IWire>();
  /** Notebooks that have begun to restart their kernel. */
  private readonly _began = new WeakSet<NotebookPanel>();
  private _isDisposed = false;
  private readonly _entries = new Map<string, IEntry>();
  private readonly _currentChanged = new Signal<this, Session | null>(this);
  private readonly _added = new Signal<this, Session>(this);
}
