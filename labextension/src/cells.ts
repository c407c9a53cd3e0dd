/**
 * Read the cells of a notebook, and change them in one transaction each, so that one undo takes a change back.
 */

import { isError } from '@jupyterlab/nbformat';
import type { Cell, CodeCell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Attachment, NotebookOutline } from './protocol';

type Kind = NotebookOutline['cells'][number]['kind'];

function kindOf(type: string): Kind {
  return type === 'code' || type === 'markdown' ? type : 'raw';
}

/** The notebook as the kernel should know it; also used as the name that stays the same while it is open. */
/** `formerly` is how the kernel knows the notebook, if it was renamed since. */
export function outlineOf(panel: NotebookPanel, formerly = ''): NotebookOutline {
  const cells = panel.content.model?.cells;
  return {
    type: 'notebook',
    notebook_id: panel.context.path,
    path: panel.context.path,
    formerly,
    active: panel.content.activeCell?.model.id ?? '',
    cells: cells
      ? Array.from(cells, cell => ({
          id: cell.id,
          kind: kindOf(cell.type),
          source: cell.sharedModel.getSource()
        }))
      : []
  };
}

export function isCodeCell(cell: Cell | null | undefined): cell is CodeCell {
  return cell?.model.type === 'code';
}

/** The cell that a node of the page lies in. */
export function cellAround(panel: NotebookPanel, node: Node): Cell | undefined {
  return panel.content.widgets.find(cell => cell.node.contains(node));
}

/** Text without terminal colours. */
export function plain(text: string): string {
  return text.replace(/\u001b\[[0-9;]*[A-Za-z]/g, '');
}

/** What a cell failed with, or null. */
export function errorOf(cell: Cell | null | undefined): { title: string; text: string } | null {
  if (!isCodeCell(cell)) {
    return null;
  }
  const error = cell.model.outputs.toJSON().reverse().find(isError);
  if (error === undefined || !isError(error)) {
    return null;
  }
  const text = plain(error.traceback.join('\n'));
  const title = `${error.ename}: ${plain(error.evalue)}`;
  return { title, text: text === '' ? title : text };
}

export function cellAttachment(cell: Cell): Attachment {
  return { kind: 'cell', name: cell.model.id, text: cell.model.sharedModel.getSource() };
}

export function errorAttachment(cell: Cell): Attachment | null {
  const error = errorOf(cell);
  return error && { kind: 'error', name: cell.model.id, text: error.text };
}

/** Insert a cell below the active one and make it the active one. */
export function insertBelow(panel: NotebookPanel, source: string, kind: 'code' | 'markdown'): void {
  const notebook = panel.content;
  const shared = notebook.model?.sharedModel;
  if (shared === undefined) {
    return;
  }
  const index = notebook.activeCellIndex + 1;
  shared.transact(() => {
    shared.insertCell(index, {
      cell_type: kind,
      source,
      metadata: kind === 'code' ? { trusted: true } : {}
    });
  });
  notebook.activeCellIndex = index;
  notebook.deselectAll();
}

/** End the undo step that is being typed: what changes next is a step of its own. */
export function endUndoStep(cell: Cell): void {
  const { undoManager } = cell.model.sharedModel as { undoManager?: { stopCapturing(): void } | null };
  undoManager?.stopCapturing();
}

/** Replace the text of the active cell; false if there is none or it may not be edited. */
export function replaceActive(panel: NotebookPanel, source: string): boolean {
  const cell = panel.content.activeCell;
  if (cell === null || cell.model.getMetadata('editable') === false) {
    return false;
  }
  const shared = cell.model.sharedModel;
  shared.transact(() => shared.setSource(source));
  return true;
}
