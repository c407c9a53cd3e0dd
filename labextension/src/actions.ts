/** What the panel and the commands can do in JupyterLab, on the notebook in front. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Clipboard, Notification } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IActions } from './cards/frame';
import { cellAround, cellAttachment, errorAttachment, errorOf, insertBelow, replaceActive } from './cells';
import type { Files } from './files';
import type { Kernels } from './kernels';
import type { IPlace } from './paths';

export interface INotebookActions extends IActions {
  /** Ask why the active cell, or the one around a node, failed. */
  whyFailed(node?: Node): void;
  /** Open what a link in a notebook, or in an answer for it, leads to. */
  followLink(panel: NotebookPanel | null, place: IPlace): void;
  /** Insert the newest answer below the active cell: its first code block, or all of it. */
  insertAnswer(): void;
  stop(): void;
  clear(): void;
}

/** The first block of code in a Markdown text, or null. */
export function firstCode(markdown: string): string | null {
  return /^(`{3,}|~{3,})[^\n`]*\n([\s\S]*?)\n?^\1\s*$/m.exec(markdown)?.[2] ?? null;
}

/** Without a time to close, JupyterLab only counts a notification in its status bar. */
function warn(message: string): void {
  Notification.warning(message, { autoClose: 10_000 });
}

export class NotebookActions implements INotebookActions {
  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly kernels: Kernels,
    private readonly files: Files,
    private readonly trans: TranslationBundle,
    private readonly openPanel: () => void
  ) {}

  openFile(place: IPlace): void {
    this._say(this.files.open(this.kernels.current, place));
  }

  followLink(panel: NotebookPanel | null, place: IPlace): void {
    this._say(this.files.follow(this.kernels.of(panel), panel?.context.path ?? '', place));
  }

  insertBelow(source: string, kind: 'code' | 'markdown'): void {
    const panel = this._panel();
    if (panel) {
      insertBelow(panel, source, kind);
      this._show(panel);
    }
  }

  replaceActive(source: string): void {
    const panel = this._panel();
    if (panel === null) {
      return;
    }
    if (replaceActive(panel, source)) {
      this._show(panel);
    } else {
      warn(this.trans.__('The active cell may not be edited.'));
    }
  }

  copy(text: string): void {
    Clipboard.copyToSystem(text);
    Notification.info(this.trans.__('Copied'), { autoClose: 1500 });
  }

  attachCell(): void {
    const cell = this.kernels.panel?.content.activeCell;
    if (cell) {
      this.kernels.current?.attach(cellAttachment(cell));
      this.openPanel();
    }
  }

  attachError(): void {
    const cell = this.kernels.panel?.content.activeCell;
    const attachment = cell && errorAttachment(cell);
    if (attachment) {
      this.kernels.current?.attach(attachment);
      this.openPanel();
    } else {
      Notification.info(this.trans.__('The active cell has no error.'), { autoClose: 3000 });
    }
  }

  whyFailed(node?: Node): void {
    const panel = this.kernels.panel;
    const session = this.kernels.of(panel);
    if (panel === null || session === null) {
      return;
    }
    const cell: Cell | null | undefined = node ? cellAround(panel, node) : panel.content.activeCell;
    const error = errorOf(cell);
    if (!cell || error === null) {
      Notification.info(this.trans.__('The active cell has no error.'), { autoClose: 3000 });
      return;
    }
    this.openPanel();
    // The kernel knows its own last failure better than its text can tell: with frames and files.
    const known = session.view.failure?.cell_id === cell.model.id;
    session.submit({
      text: known ? this.trans.__('why did it fail?') : this.trans.__('why did it fail? %1', error.title),
      source: 'chat',
      notebookId: panel.context.path,
      cellId: cell.model.id,
      attachments: known ? [] : [{ kind: 'error', name: cell.model.id, text: error.text }]
    });
  }

  insertAnswer(): void {
    const turns = this.kernels.current?.turnsOf(this._notebookId).filter(turn => turn.markdown !== '') ?? [];
    const newest = turns[turns.length - 1];
    if (newest !== undefined) {
      const code = firstCode(newest.markdown);
      this.insertBelow(code ?? newest.markdown, code === null ? 'markdown' : 'code');
    }
  }

  stop(): void {
    const running = this.kernels.current?.runningIn(this._notebookId);
    if (running) {
      this.kernels.current?.cancel(running.id);
    }
  }

  clear(): void {
    this.kernels.current?.clear(this._notebookId);
  }

  leave(): void {
    const panel = this.kernels.panel;
    if (panel) {
      this.app.shell.activateById(panel.id);
    }
  }

  openSettings(): void {
    void this.app.commands.execute('settingeditor:open', { query: 'CodeMaestro' });
  }

  private _say(opening: Promise<string>): void {
    void opening.then(problem => {
      if (problem !== '') {
        warn(problem);
      }
    });
  }

  private get _notebookId(): string {
    return this.kernels.panel?.context.path ?? '';
  }

  private _panel(): NotebookPanel | null {
    const panel = this.kernels.panel;
    if (panel === null) {
      Notification.info(this.trans.__('Open a notebook first.'), { autoClose: 3000 });
    }
    return panel;
  }

  private _show(panel: NotebookPanel): void {
    const cell = panel.content.activeCell;
    if (cell) {
      void panel.content.scrollToCell(cell).catch(() => undefined);
    }
  }
}
