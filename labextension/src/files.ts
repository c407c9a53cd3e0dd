/** Open files of the project in JupyterLab: through the server where it reaches them, else as the kernel reads them. */

import type { CodeEditor } from '@jupyterlab/codeeditor';
import { PageConfig } from '@jupyterlab/coreutils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { DocumentRegistry, IDocumentWidget } from '@jupyterlab/docregistry';
import type { IRenderMime } from '@jupyterlab/rendermime';
import { DisposableDelegate } from '@lumino/disposable';
import type { IDisposable } from '@lumino/disposable';
import { DRIVE, drivePath } from './drive';
import { besideNotebook, browserPath } from './paths';
import type { IPlace } from './paths';
import type { Session } from './session';
import type { Words } from './words';

export const EDITOR = 'Editor';
/** Lines below the one that is gone to which come into sight with it. */
const CONTEXT = 12;

/** The folder that the file browser shows, as an absolute path if the server says so. */
function serverRoot(): string {
  const uri = PageConfig.getOption('rootUri'); // set by jupyter-lsp, which JupyterLab brings along
  return uri.startsWith('file://') ? decodeURI(uri.slice('file://'.length)) : PageConfig.getOption('serverRoot');
}

export class Files {
  /** `shows` says whether this page can show a file beside the notebook; Notebook 7 opens each on a page of its own. */
  constructor(
    private readonly documents: IDocumentManager,
    private readonly words: Words,
    private readonly shows: boolean
  ) {}

  /** The file browser's path of a file of the project; null if it lies outside of what the browser shows. */
  locate(root: string | undefined, path: string): string | null {
    return root === undefined ? path : browserPath(`${root}/${path}`, serverRoot());
  }

  /** Open a file of the project; says why not, or nothing. */
  open(session: Session | null, place: IPlace): Promise<string> {
    return this._open(session, this.locate(session?.view.root, place.path), place, '');
  }

  /** Open what a link in a notebook leads to; says why not, or nothing. */
  follow(session: Session | null, notebook: string, place: IPlace): Promise<string> {
    return this._open(session, besideNotebook(place.path, notebook), place, notebook);
  }

  /** For rendered answers: their links are left as they are, so that none loses its `..`. */
  resolver(notebook: () => string): IRenderMime.IResolver {
    return {
      isLocal: url => !/^[a-z][a-z0-9+.-]*:/i.test(url) && !url.startsWith('//'),
      resolveUrl: url => Promise.resolve(url),
      getDownloadUrl: url => {
        const path = besideNotebook(decodeURIComponent(url), notebook());
        return path === null ? Promise.resolve('#') : this.documents.services.contents.getDownloadUrl(path);
      }
    };
  }

  /** Let what the kernel read be for reading only, also where JupyterLab puts its tabs back after a reload. */
  guard(): IDisposable {
    const { contents } = this.documents.services;
    return this.documents.registry.addWidgetExtension(EDITOR, {
      createNew: (widget: IDocumentWidget, context: DocumentRegistry.Context) => {
        if (contents.driveName(context.path) === DRIVE) {
          const { editor } = widget.content as { editor?: CodeEditor.IEditor };
          void context.ready.then(() => editor?.setOption('readOnly', true)); // after JupyterLab's own options
        }
        return new DisposableDelegate(() => undefined);
      }
    });
  }

  private async _open(
    session: Session | null,
    served: string | null,
    { path, line }: IPlace,
    notebook: string
  ): Promise<string> {
    if (served !== null && (await this._isServed(served))) {
      await goTo(this.documents.openOrReveal(served), line);
      return '';
    }
    const root = session?.view.root;
    if (session === null || root === undefined || !session.connected) {
      return this.words.trans.__('%1 can be read by its kernel only, which cannot be reached. Start it first.', path);
    }
    const file = await session.readFile(path, notebook);
    if (file === null) {
      return this.words.trans.__('The kernel does not say what is in %1. Try again when it is idle.', path);
    }
    if (file.problem !== '') {
      return this.words.tell(file.problem);
    }
    if (!this.shows) {
      return this.words.trans.__(
        '%1 lies outside of the folder that Jupyter was started for. JupyterLab shows it; here start Jupyter with ' +
          '--ServerApp.root_dir=%2',
        file.path,
        root
      );
    }
    // A notebook comes as the text of its cells: as a notebook it would want a kernel of its own.
    const isNotebook = file.path.endsWith('.ipynb');
    const widget = this.documents.openOrReveal(drivePath(root, file.path), isNotebook ? EDITOR : 'default');
    await goTo(widget, line);
    const model = widget?.context.model;
    if (model !== undefined && model.toString() !== file.text) {
      await widget?.context.revert(); // it was open already, and changed on disk since
      await goTo(widget, line);
    }
    return '';
  }

  private async _isServed(path: string): Promise<boolean> {
    try {
      await this.documents.services.contents.get(path, { content: false });
      return true;
    } catch {
      return false;
    }
  }
}

async function goTo(widget: IDocumentWidget | undefined, line: number | undefined): Promise<void> {
  if (widget === undefined) {
    return;
  }
  await widget.context.ready;
  await widget.revealed;
  const { editor } = widget.content as { editor?: CodeEditor.IEditor }; // a text editor has one, a viewer has none
  if (editor !== undefined && line !== undefined) {
    const position = { line: Math.max(0, Math.min(line, editor.lineCount) - 1), column: 0 };
    const below = { line: Math.min(position.line + CONTEXT, editor.lineCount - 1), column: 0 };
    editor.revealPosition(below);
    editor.setCursorPosition(position);
    editor.revealPosition(position);
  }
}
