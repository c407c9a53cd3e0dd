/** Files that are open beside notebooks: which of them are not saved, and what a change wrote is read again. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { CodeEditor } from '@jupyterlab/codeeditor';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { DocumentRegistry, IDocumentWidget } from '@jupyterlab/docregistry';
import { shownIn } from './areas';
import { DRIVE } from './drive';
import type { Files } from './files';
import type { Kernels } from './kernels';
import type { ChangeView } from './protocol';
import type { Session } from './session';

type Context = DocumentRegistry.Context;

export class TextFiles {
  constructor(
    private readonly shell: JupyterFrontEnd.IShell,
    private readonly documents: IDocumentManager,
    private readonly files: Pick<Files, 'locate'>
  ) {}

  /** The paths of those with changes that are not saved. */
  unsaved(): string[] {
    return [...this._open()].filter(([context]) => context.model.dirty).map(([context]) => context.path);
  }

  /** Read again what the changes of every session that is there or will be wrote, and the person did not change. */
  follow(kernels: Kernels): void {
    kernels.added.connect((_, session) => this._follow(session));
    for (const session of kernels.sessions) {
      this._follow(session);
    }
  }

  private _follow(session: Session): void {
    const states = new Map<string, string>();
    session.changed.connect((_, parts) => {
      if (!parts.has('changes')) {
        return;
      }
      for (const change of session.view.changes ?? []) {
        const state = `${change.state} ${change.transaction}`;
        if (states.get(change.turn) !== state && (change.state === 'applied' || change.state === 'undone')) {
          void this._written(session, change);
        }
        states.set(change.turn, state);
      }
    });
  }

  private async _written(session: Session, change: ChangeView): Promise<void> {
    const names = change.files.flatMap(file => [file.path, file.old_path]).filter(path => path !== '');
    const written = new Set(names.map(path => this.files.locate(session.view.root, path)));
    const found = [...this._open()].filter(([context]) =>
      written.has(this.documents.services.contents.localPath(context.path))
    );
    await Promise.all(found.map(([context, widgets]) => this._again(context, widgets)));
  }

  private async _again(context: Context, widgets: readonly IDocumentWidget[]): Promise<void> {
    const { model, path } = context;
    if (model.dirty || model.collaborative) {
      return; // the person's own, or the server's to keep up to date
    }
    try {
      const found = await this.documents.services.contents.get(path, { type: 'file' });
      if (model.dirty || found.content === model.toString()) {
        return;
      }
      const editors = widgets.map(({ content: shown }) => (shown as { editor?: CodeEditor.IEditor }).editor);
      const places = editors.map(editor => editor?.getCursorPosition());
      await context.revert();
      editors.forEach((editor, index) => {
        const { line = 0, column = 0 } = places[index] ?? {};
        editor?.setCursorPosition({ line: Math.min(line, editor.lineCount - 1), column });
      });
    } catch {
      return; // moved or deleted: the tab keeps what the person saw
    }
  }

  /** What is open and no notebook, with the widgets that show it; not what the kernel read, which is for looking. */
  private _open(): Map<Context, IDocumentWidget[]> {
    const found = new Map<Context, IDocumentWidget[]>();
    for (const widget of shownIn(this.shell)) {
      const context = this.documents.contextForWidget(widget);
      if (
        context?.isReady &&
        context.contentsModel?.type === 'file' &&
        this.documents.services.contents.driveName(context.path) !== DRIVE
      ) {
        found.set(context, [...(found.get(context) ?? []), widget as IDocumentWidget]);
      }
    }
    return found;
  }
}
