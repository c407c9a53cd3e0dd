/**
 * Open files of the project in JupyterLab: the kernel knows absolute paths, the file browser its own root.
 */

import type { CodeEditor } from '@jupyterlab/codeeditor';
import { PageConfig, PathExt } from '@jupyterlab/coreutils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import type { IRenderMime } from '@jupyterlab/rendermime';

/** A place in the project, `line` counted from 1. */
export interface IPlace {
  path: string;
  line?: number;
}

function slashes(path: string): string {
  return path.replace(/\\/g, '/').replace(/\/+$/, '');
}

function below(path: string, folder: string): string | null {
  if (path === folder) {
    return '';
  }
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : null;
}

/**
 * Where the project's root lies below the folder that the file browser shows; null if it does not.
 *
 * `serverRoot` may begin with `~`; whose home that is we cannot know, so it stands for every one or two folders
 * (`/root`, `/home/ada`, `/Users/ada`, `C:/Users/ada`).
 */
export function projectFolder(root: string, serverRoot: string): string | null {
  const project = slashes(root);
  const server = slashes(serverRoot);
  if (!server.startsWith('~')) {
    return below(project, server);
  }
  const rest = server.slice(1);
  for (const home of project.matchAll(/\/(?=[^/]|$)|$/g)) {
    const prefix = project.slice(0, home.index);
    const folders = prefix.split('/').filter(part => part !== '' && !part.endsWith(':'));
    const inside = below(project, prefix + rest);
    if (folders.length >= 1 && folders.length <= 2 && inside !== null && looksLikeHome(folders)) {
      return inside;
    }
  }
  return null;
}

function looksLikeHome(folders: string[]): boolean {
  return folders.length === 1 ? folders[0] === 'root' : folders[0] === 'home' || folders[0] === 'Users';
}

/** The folder that the file browser shows, as an absolute path if the server says so. */
function serverRoot(): string {
  const uri = PageConfig.getOption('rootUri'); // set by jupyter-lsp, which JupyterLab brings along
  return uri.startsWith('file://') ? decodeURI(uri.slice('file://'.length)) : PageConfig.getOption('serverRoot');
}

/** `#L12`, `#L12-L20`, `#12` or `:12` at the end of a link. */
export function placeOf(link: string): IPlace {
  const match = /^(.*?)(?:#L?|:)(\d+)(?:-L?\d+)?$/.exec(link);
  return match?.[1] !== undefined ? { path: match[1], line: Number(match[2]) } : { path: link };
}

export class Files {
  constructor(private readonly documents: IDocumentManager) {}

  /** The file browser's path of a file of the project; null if it lies outside of what the browser shows. */
  locate(root: string | undefined, path: string): string | null {
    const folder = root === undefined ? '' : projectFolder(root, serverRoot());
    return folder === null ? null : PathExt.join(folder, path);
  }

  /** Open a file and go to the line; false if JupyterLab cannot reach it. */
  async open(root: string | undefined, place: IPlace): Promise<boolean> {
    const path = this.locate(root, place.path);
    if (path === null) {
      return false;
    }
    try {
      await this.documents.services.contents.get(path, { content: false });
    } catch {
      return false;
    }
    const widget = this.documents.openOrReveal(path);
    if (widget && place.line !== undefined) {
      await goTo(widget, place.line);
    }
    return widget !== undefined;
  }

  /** For rendered answers: their links are relative to the project's root. */
  resolver(root: () => string | undefined): IRenderMime.IResolver {
    return {
      isLocal: url => !/^[a-z][a-z0-9+.-]*:/i.test(url) && !url.startsWith('//'),
      resolveUrl: url => Promise.resolve(url),
      getDownloadUrl: url => {
        const path = this.locate(root(), decodeURIComponent(url));
        return path === null ? Promise.resolve('#') : this.documents.services.contents.getDownloadUrl(path);
      }
    };
  }
}

async function goTo(widget: IDocumentWidget, line: number): Promise<void> {
  await widget.context.ready;
  await widget.revealed;
  const { editor } = widget.content as { editor?: CodeEditor.IEditor }; // a text editor has one, a viewer has none
  if (editor !== undefined) {
    const position = { line: Math.max(0, Math.min(line, editor.lineCount) - 1), column: 0 };
    editor.setCursorPosition(position);
    editor.revealPosition(position);
  }
}
