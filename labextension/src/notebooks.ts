/**
 * Watch the open notebooks: typing in the active cell, and the outline when a notebook is opened, saved or still.
 */

import type { Cell } from '@jupyterlab/cells';
import { CodeMirrorEditor } from '@jupyterlab/codemirror';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import { NotebookActions } from '@jupyterlab/notebook';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { EditorView } from '@codemirror/view';
import type { CellChange, ISharedCell } from '@jupyter/ydoc';
import type { IDisposable } from '@lumino/disposable';
import { isCodeCell, outlineOf } from './cells';
import { SentTexts, ghostFor, showGhost } from './ghost';
import type { Kernels } from './kernels';
import type { Session, SessionPart } from './session';
import { Coalescer, isRequestCell, nextSeq } from './typing';
import type { IDraft, IPace } from './typing';

/** Milliseconds without a change after which a notebook is still. */
const STILL = 1000;

export interface IWatching {
  readonly pace: IPace;
  readonly enabled: boolean;
  readonly codeCells: boolean;
  readonly ghostText: boolean;
}

/** CodeMirror's own view of a cell, which it has while it is on screen. */
export function viewOf(cell: Cell | null): EditorView | null {
  return cell?.editor instanceof CodeMirrorEditor ? cell.editor.editor : null;
}

/** One open notebook. */
class NotebookWatcher implements IDisposable {
  constructor(
    private readonly panel: NotebookPanel,
    private readonly kernels: Kernels,
    private readonly watching: () => IWatching
  ) {
    this._drafts = new Coalescer<IDraft>(
      draft => this._send(draft),
      () => watching().pace
    );
    this._still = new Coalescer<void>(
      () => this._sendOutline(),
      () => ({ debounce: STILL, maxWait: Number.POSITIVE_INFINITY, leading: false })
    );
    this._path = panel.context.path;
    panel.content.activeCellChanged.connect(this._onActive, this);
    panel.context.saveState.connect(this._onSave, this);
    panel.context.pathChanged.connect(this._onPath, this);
    NotebookActions.executionScheduled.connect(this._onRun, this);
    kernels.added.connect(this._follow, this);
    for (const session of kernels.sessions) {
      this._follow(kernels, session);
    }
    panel.disposed.connect(this.dispose, this);
    void panel.context.ready.then(() => {
      if (!this._isDisposed) {
        panel.content.model?.sharedModel.changed.connect(this._onNotebook, this);
        this._onActive();
        this._sendOutline();
      }
    });
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._drafts.dispose();
    this._still.dispose();
    this._release();
    this.kernels.added.disconnect(this._follow, this);
    for (const session of this.kernels.sessions) {
      session.changed.disconnect(this._onSession, this);
    }
    this.panel.content.activeCellChanged.disconnect(this._onActive, this);
    this.panel.context.saveState.disconnect(this._onSave, this);
    this.panel.context.pathChanged.disconnect(this._onPath, this);
    NotebookActions.executionScheduled.disconnect(this._onRun, this);
    this.panel.content.model?.sharedModel.changed.disconnect(this._onNotebook, this);
  }

  private _follow(_: Kernels, session: Session): void {
    session.changed.connect(this._onSession, this);
  }

  private _onSession(session: Session, parts: ReadonlySet<SessionPart>): void {
    if (session !== this.kernels.of(this.panel)) {
      return;
    }
    if (parts.has('connection') && session.connected) {
      this._outlined = this._named = false;
      this._sendOutline();
    }
    if (parts.has('prediction')) {
      this._drawGhost(session);
    }
  }

  private _onActive(): void {
    const cell = this.panel.content.activeCell;
    if (cell === this._cell) {
      return;
    }
    this._drafts.flush();
    this._release();
    this._cell = cell;
    if (cell !== null) {
      this._shared = cell.model.sharedModel;
      this._shared.changed.connect(this._onCell, this);
      cell.node.addEventListener('compositionend', this._onComposed);
    }
    this._outlined = false;
    this._still.push();
  }

  private _release(): void {
    const view = this._cell?.isDisposed === false ? viewOf(this._cell) : null;
    if (view !== null) {
      showGhost(view, '');
    }
    this._cell?.node.removeEventListener('compositionend', this._onComposed);
    this._shared?.changed.disconnect(this._onCell, this);
    this._cell = null;
    this._shared = null;
    this._sent.forget();
  }

  private _onCell(_: ISharedCell, change: CellChange): void {
    if (change.sourceChange !== undefined) {
      this._typed();
    }
  }

  /** What still waits has become the request or the code that runs: nothing is to be expected of it any more. */
  private _onRun(_: unknown, { cell }: { cell: Cell }): void {
    if (cell === this._cell) {
      this._drafts.drop();
      if (isRequestCell(cell.model.sharedModel.getSource())) {
        this.kernels.of(this.panel)?.typedBecameRequest();
      }
    }
  }

  private readonly _onComposed = (): void => {
    // The editor takes the composed text over after this event.
    window.setTimeout(() => {
      this._typed();
      this._still.push();
    }, 0);
  };

  private _typed(): void {
    const cell = this._cell;
    const { enabled, codeCells } = this.watching();
    if (cell === null || cell.isDisposed || !enabled || !isCodeCell(cell)) {
      return;
    }
    const view = viewOf(cell);
    if (view === null || view.composing || !view.hasFocus) {
      return; // half a word in an input method, or a change that the person did not type
    }
    const text = cell.model.sharedModel.getSource();
    if (!codeCells && !isRequestCell(text)) {
      return;
    }
    this._drafts.push({
      source: 'cell',
      notebookId: this.panel.context.path,
      cellId: cell.model.id,
      text,
      cursor: view.state.selection.main.head
    });
  }

  private _send(draft: IDraft): void {
    const session = this.kernels.of(this.panel);
    if (session === null) {
      return;
    }
    const cell = this._cell?.model.id === draft.cellId ? this._cell : null;
    const view = viewOf(cell);
    // CodeMirror tells its listeners before it has moved the cursor; by now it has.
    const current = view !== null && cell !== null && cell.model.sharedModel.getSource() === draft.text;
    const cursor = current ? view.state.selection.main.head : Math.min(draft.cursor, draft.text.length);
    const seq = nextSeq();
    const sent = session.send({
      type: 'user_typing',
      source: draft.source,
      notebook_id: draft.notebookId,
      cell_id: draft.cellId,
      seq,
      text: draft.text,
      cursor,
      timestamp: Date.now() / 1000
    });
    if (sent) {
      this._sent.add({ seq, text: draft.text, cursor });
    }
  }

  private _drawGhost(session: Session): void {
    const view = viewOf(this._cell);
    if (view === null || this._cell === null || view.composing) {
      return;
    }
    const text = this._cell.model.sharedModel.getSource();
    const { enabled, ghostText } = this.watching();
    if (!isRequestCell(text) || !enabled || !ghostText) {
      showGhost(view, '');
      return;
    }
    const { prediction } = session;
    const ghost = ghostFor(prediction, this._sent.of(prediction), text, view.state.selection.main.head);
    if (ghost !== '' || !this._sent.awaits(prediction)) {
      showGhost(view, ghost); // what is shown follows the typing by itself until the newest is known
    }
  }

  private _onNotebook(): void {
    this._outlined = false;
    this._still.push();
  }

  private _onSave(_: DocumentRegistry.Context, state: DocumentRegistry.SaveState): void {
    if (state === 'completed') {
      this._sendOutline();
    }
  }

  /** The kernel knows the notebook by its path, and must hear of another one before anything is asked under it. */
  private _onPath(): void {
    this._formerly = this._formerly === '' ? this._path : this._formerly;
    this._path = this.panel.context.path;
    if (this._formerly === this._path) {
      this._formerly = '';
    }
    this._outlined = this._named = false;
    this._sendOutline();
  }

  private _sendOutline(): void {
    if (this._outlined || this.panel.isDisposed || viewOf(this._cell)?.composing === true) {
      return; // what an input method proposes is in the cell already, and in what is saved; it is no text yet
    }
    const session = this.kernels.of(this.panel);
    const outline = outlineOf(this.panel, this._formerly);
    if (this.watching().enabled) {
      this._outlined = session?.send(outline) ?? false;
    } else if (!this._named) {
      // The kernel finds the notebook's conversation by its name; of what stands in it, it is told nothing.
      this._named = session?.send({ ...outline, active: '', cells: [] }) ?? false;
    }
    if (this._outlined || this._named) {
      this._formerly = '';
    }
  }

  private readonly _drafts: Coalescer<IDraft>;
  private readonly _still: Coalescer<void>;
  private _cell: Cell | null = null;
  private _shared: ISharedCell | null = null;
  private readonly _sent = new SentTexts();
  private _path = '';
  /** How the kernel knows the notebook, if it was renamed since. */
  private _formerly = '';
  /** Whether the kernel has the notebook as it stands. */
  private _outlined = false;
  /** Whether the kernel has the notebook's name. */
  private _named = false;
  private _isDisposed = false;
}

/** Watch every notebook that is or will be open. */
export function watchNotebooks(tracker: INotebookTracker, kernels: Kernels, watching: () => IWatching): void {
  const watch = (panel: NotebookPanel): void => {
    new NotebookWatcher(panel, kernels, watching);
  };
  tracker.forEach(watch);
  tracker.widgetAdded.connect((_, panel) => watch(panel));
}
