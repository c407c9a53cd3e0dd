/**
 * Which conversation belongs to which notebook: one session a kernel, shared by the notebooks that share the kernel.
 */

import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import { Session } from './session';
import type { IWire } from './session';

export class Kernels implements IDisposable {
  constructor(
    private readonly tracker: INotebookTracker,
    private readonly connect: (kernel: Kernel.IKernelConnection) => IWire
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

  /** Emits when `current` or `panel` became another. */
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
    for (const { session } of this._entries.values()) {
      session.dispose();
    }
    this._entries.clear();
    Signal.clearData(this);
  }

  private _onAdded(_: INotebookTracker, panel: NotebookPanel): void {
    const look = (): void => this._look(panel);
    panel.sessionContext.kernelChanged.connect(look);
    panel.disposed.connect(() => {
      this._leave(panel);
      this._onCurrent();
    });
    look();
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
    const session = new Session(kernel.id, this.connect(kernel));
    this._entries.set(kernel.id, { session, kernel, panels: new Set([panel]) });
    kernel.disposed.connect(() => this._onKernelDisposed(kernel));
    this._added.emit(session);
  }

  private _leave(panel: NotebookPanel, except?: string): void {
    for (const [id, entry] of this._entries) {
      if (id !== except && entry.panels.delete(panel) && entry.panels.size === 0) {
        this._entries.delete(id);
        entry.session.dispose();
      }
    }
  }

  /** The notebook whose connection we used was closed; others may still have the kernel open. */
  private _onKernelDisposed(kernel: Kernel.IKernelConnection): void {
    const entry = this._entries.get(kernel.id);
    if (entry?.kernel !== kernel || this._isDisposed) {
      return;
    }
    this._entries.delete(kernel.id);
    entry.session.dispose();
    for (const panel of entry.panels) {
      this._look(panel);
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
  private _isDisposed = false;
  private readonly _entries = new Map<
    string,
    { session: Session; kernel: Kernel.IKernelConnection; panels: Set<NotebookPanel> }
  >();
  private readonly _currentChanged = new Signal<this, Session | null>(this);
  private readonly _added = new Signal<this, Session>(this);
}
