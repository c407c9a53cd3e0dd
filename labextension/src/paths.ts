/** Where a project's files lie: the kernel knows absolute paths, the file browser its own root, a link its notebook. */

import { PathExt } from '@jupyterlab/coreutils';

/** A place in the project, `line` counted from 1. */
export interface IPlace {
  path: string;
  line?: number;
}

export function slashes(path: string): string {
  return path.replace(/\\/g, '/').replace(/\/+$/, '');
}

/** The path relative to a folder; null if it does not lie below it. */
export function below(path: string, folder: string): string | null {
  if (path === folder) {
    return '';
  }
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : null;
}

/**
 * Where a path of the kernel (a project's root, a file) lies below the folder that the file browser shows; null if it
 * does not.
 *
 * `serverRoot` may begin with `~`; whose home that is we cannot know, so it stands for every one or two folders
 * (`/root`, `/home/ada`, `/Users/ada`, `C:/Users/ada`).
 */
export function browserPath(path: string, serverRoot: string): string | null {
  const wanted = slashes(path);
  const server = slashes(serverRoot);
  if (!server.startsWith('~')) {
    return below(wanted, server);
  }
  const rest = server.slice(1);
  for (const home of wanted.matchAll(/\/(?=[^/]|$)|$/g)) {
    const prefix = wanted.slice(0, home.index);
    const folders = prefix.split('/').filter(part => part !== '' && !part.endsWith(':'));
    const inside = below(wanted, prefix + rest);
    if (folders.length >= 1 && folders.length <= 2 && inside !== null && looksLikeHome(folders)) {
      return inside;
    }
  }
  return null;
}

function looksLikeHome(folders: string[]): boolean {
  return folders.length === 1 ? folders[0] === 'root' : folders[0] === 'home' || folders[0] === 'Users';
}

/**
 * Where a link in a notebook leads in the file browser; null if it leads above what the browser shows.
 *
 * JupyterLab itself drops each `..` that leads above, and so may open another file of the same name.
 */
export function besideNotebook(link: string, notebook: string): string | null {
  const steps: string[] = [];
  for (const step of [...PathExt.dirname(notebook).split('/'), ...link.split('/')]) {
    if (step === '..') {
      if (steps.pop() === undefined) {
        return null;
      }
    } else if (step !== '' && step !== '.') {
      steps.push(step);
    }
  }
  return link.startsWith('/') ? null : steps.join('/');
}

/** Whether the file, or a folder on the way, is hidden: a server does not give those unless it was told to. */
export function isHidden(path: string): boolean {
  return /(?:^|\/)\.[^/.]/.test(path);
}

/** A link as a place: `#line=11` (counted from 0), `#L12`, `#L12-L20`, `#12` or `:12` at its end say the line. */
export function placeOf(link: string): IPlace {
  const counted = /^(.*)#line=(\d+)(?:,\d+)?$/.exec(link);
  if (counted?.[1] !== undefined) {
    return { path: counted[1], line: Number(counted[2]) + 1 };
  }
  const match = /^(.*?)(?:#L?|:)(\d+)(?:-L?\d+)?$/.exec(link);
  return match?.[1] !== undefined ? { path: match[1], line: Number(match[2]) } : { path: link };
}
