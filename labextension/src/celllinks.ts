/**
 * Links of notebooks that lead where the server does not: above the folder it was started for, or to a hidden file.
 *
 * JupyterLab drops each `..` that leads above and then finds nothing, or a file of the same name. So for those links,
 * in outputs and in Markdown cells, the click is ours; all others stay JupyterLab's.
 */

import type { INotebookTracker } from '@jupyterlab/notebook';
import type { IRenderMime, IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { besideNotebook, isHidden, placeOf } from './paths';
import type { IPlace } from './paths';

const MARKDOWN = 'text/markdown';

/** JupyterLab's handler, with ours for the links that it cannot follow. */
export function handlerFor(
  inner: IRenderMime.ILinkHandler | null,
  notebookOf: (node: Node) => NotebookPanel | undefined,
  open: (panel: NotebookPanel, place: IPlace) => void
): IRenderMime.ILinkHandler {
  return {
    ...(inner?.handlePath && { handlePath: inner.handlePath.bind(inner) }),
    handleLink: (node, path, id) => {
      const written = decoded(node.getAttribute('href') ?? '');
      const target = written.replace(/[#?].*$/, '');
      node.addEventListener(
        'click',
        event => {
          const panel = notebookOf(node);
          const served = panel && besideNotebook(target, panel.context.path);
          if (panel !== undefined && (typeof served !== 'string' || isHidden(served))) {
            event.preventDefault();
            event.stopImmediatePropagation();
            open(panel, placeOf(written.replace(/\?[^#]*/, '')));
          }
        },
        { capture: true }
      );
      inner?.handleLink(node, path, id);
    }
  };
}

function decoded(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}

/** Follow such links in notebooks that are opened from now on. */
export function followLinks(
  rendermime: IRenderMimeRegistry,
  tracker: INotebookTracker,
  open: (panel: NotebookPanel, place: IPlace) => void
): void {
  const factory = rendermime.getFactory(MARKDOWN);
  if (factory === undefined) {
    return;
  }
  const notebookOf = (node: Node): NotebookPanel | undefined =>
    tracker.find(panel => panel.content.node.contains(node)) ?? undefined;
  rendermime.addFactory({
    ...factory,
    mimeTypes: [MARKDOWN],
    defaultRank: (factory.defaultRank ?? 60) - 10,
    createRenderer: options =>
      factory.createRenderer({ ...options, linkHandler: handlerFor(options.linkHandler, notebookOf, open) })
  });
}
