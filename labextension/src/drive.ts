/**
 * The project's files as their kernel reads them, for looking only: those above the folder that the server was started
 * for have no other way into the page.
 *
 * A path of this drive is the file's absolute one, so that whichever kernel works in that project can answer.
 */

import { PathExt } from '@jupyterlab/coreutils';
import type { Contents, ServerConnection } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import { below, slashes } from './paths';
import type { Session } from './session';
import type { Words } from './words';

export const DRIVE = 'CodeMaestro';

/** Milliseconds that a tab of the page before waits for a kernel of its project. */
const PATIENCE = 20_000;

export interface IDriveOptions {
  sessions: () => Iterable<Session>;
  serverSettings: ServerConnection.ISettings;
  words: Words;
  patience?: number;
}

/** The path of a project's file in our drive. */
export function drivePath(root: string, path: string): string {
  return `${DRIVE}:${bare(root)}/${path}`;
}

/** An absolute path as the contents manager hands it on: without the slash in front. */
function bare(path: string): string {
  return slashes(path).replace(/^\/+/, '');
}

export class ProjectDrive implements Contents.IDrive {
  constructor(private readonly options: IDriveOptions) {}

  readonly name = DRIVE;

  get serverSettings(): ServerConnection.ISettings {
    return this.options.serverSettings;
  }

  get fileChanged(): ISignal<this, Contents.IChangedArgs> {
    return this._fileChanged;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /**
   * The text as it is now; folders look empty, for JupyterLab goes to a file's folder before it opens the file whose
   * path stands in the page's address. Rejects with what the kernel says, or after a while if none works in that
   * project.
   */
  async get(localPath: string, options?: Contents.IFetchOptions): Promise<Contents.IModel> {
    const now = new Date().toISOString();
    const name = PathExt.basename(localPath);
    const model = { name, path: localPath, writable: false, created: now, last_modified: now };
    // A document's text is asked for with its type, a folder's list by some versions without.
    if (options?.type === 'directory' || (options?.content === true && options.type === undefined)) {
      return { ...model, type: 'directory', format: 'json', mimetype: '', content: [] };
    }
    const content = options?.content === false ? null : await this._read(localPath);
    return { ...model, type: 'file', format: 'text', mimetype: 'text/plain', content };
  }

  async getDownloadUrl(localPath: string): Promise<string> {
    return `data:text/plain;charset=utf-8,${encodeURIComponent(await this._read(localPath))}`;
  }

  newUntitled(): Promise<Contents.IModel> {
    return this._refuse();
  }

  delete(): Promise<void> {
    return this._refuse();
  }

  rename(): Promise<Contents.IModel> {
    return this._refuse();
  }

  save(): Promise<Contents.IModel> {
    return this._refuse();
  }

  copy(): Promise<Contents.IModel> {
    return this._refuse();
  }

  createCheckpoint(): Promise<Contents.ICheckpointModel> {
    return this._refuse();
  }

  listCheckpoints(): Promise<Contents.ICheckpointModel[]> {
    return Promise.resolve([]);
  }

  restoreCheckpoint(): Promise<void> {
    return this._refuse();
  }

  deleteCheckpoint(): Promise<void> {
    return this._refuse();
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  private async _read(localPath: string): Promise<string> {
    const { words, patience = PATIENCE } = this.options;
    const { trans, tell } = words;
    const deadline = Date.now() + patience;
    let found = this._find(localPath);
    while (found === null && Date.now() < deadline && !this._isDisposed) {
      await new Promise(resolve => window.setTimeout(resolve, 100));
      found = this._find(localPath);
    }
    if (found === null) {
      throw new Error(trans.__('No running kernel works in the project of %1. Run a notebook of it first.', localPath));
    }
    const file = await found.session.readFile(found.path);
    if (file === null) {
      throw new Error(trans.__('The kernel does not answer. Try again when it is idle.'));
    }
    if (file.problem !== '') {
      throw new Error(tell(file.problem));
    }
    return file.text;
  }

  /** The session of the innermost project that holds the file, and the file's path in it. */
  private _find(localPath: string): { session: Session; path: string } | null {
    let best: { session: Session; path: string } | null = null;
    for (const session of this.options.sessions()) {
      const { root } = session.view;
      const path = session.connected && root !== undefined ? below(slashes(localPath), bare(root)) : null;
      if (path !== null && (best === null || path.length < best.path.length)) {
        best = { session, path };
      }
    }
    return best;
  }

  private _refuse(): Promise<never> {
    const { trans } = this.options.words;
    return Promise.reject(
      new Error(trans.__('This file lies outside of the folder that JupyterLab shows: it opens for reading only.'))
    );
  }

  private _isDisposed = false;
  private readonly _fileChanged = new Signal<this, Contents.IChangedArgs>(this);
}
