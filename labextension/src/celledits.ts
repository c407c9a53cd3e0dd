/**
 * Change the cells of an open notebook as the kernel asks: all edits in one undo step, or none of them.
 */

import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ISharedNotebook } from '@jupyter/ydoc';
import { outlineOf } from './cells';
import type { WireCell, WireEdit, WireNotebook } from './protocol';

/** The cells with all edits done, or the number (from 1) of the cell that is not as expected. */
export function withEdits(before: readonly WireCell[], edits: readonly WireEdit[]): WireCell[] | number {
  const cells = [...before];
  const numbers = new Map(before.map((cell, index) => [cell.id, index + 1]));
  for (const { op, cell_id, index, before: expected, source, kind } of edits) {
    if (op === 'insert') {
      cells.splice(index, 0, { id: cell_id, kind, source });
      continue;
    }
    const at = cells.findIndex(cell => cell.id === cell_id);
    const cell = cells[at];
    if (cell?.source !== expected) {
      return numbers.get(cell_id) ?? 0;
    }
    cells.splice(at, 1);
    if (op === 'replace') {
      cells.splice(at, 0, { ...cell, source });
    } else if (op === 'move') {
      cells.splice(index, 0, cell);
    }
  }
  return cells;
}

/** What is open in this page, as the kernel should know it. */
export function wireNotebook(panel: NotebookPanel): WireNotebook {
  const { path, cells } = outlineOf(panel);
  return { path, cells, writable: isWritable(panel) };
}

function isWritable(panel: NotebookPanel): boolean {
  const model = panel.content.model;
  return panel.context.isReady && model !== null && !model.readOnly;
}

/**
 * Do the edits in one transaction and one undo step; returns why not, or an empty string.
 *
 * What the person types is theirs: nothing is done where a cell is not what the kernel expected, may not be edited, or
 * holds half a word of an input method.
 */
export function editCells(panel: NotebookPanel, edits: readonly WireEdit[], trans: TranslationBundle): string {
  const shared = panel.content.model?.sharedModel;
  if (shared === undefined || !isWritable(panel)) {
    return trans.__('the notebook cannot be edited');
  }
  const after = withEdits(outlineOf(panel).cells, edits);
  if (typeof after === 'number') {
    return after > 0 ? trans.__('cell %1 changed meanwhile', after) : trans.__('a cell is gone');
  }
  const refused = edits.map(edit => refusal(panel, edit, trans)).find(reason => reason !== '');
  if (refused !== undefined) {
    return refused;
  }
  const undo = (shared as { undoManager?: { stopCapturing(): void } }).undoManager;
  undo?.stopCapturing(); // what was done to the notebook before stays an undo step of its own
  shared.transact(() => edits.forEach(edit => doEdit(shared, edit)));
  undo?.stopCapturing();
  return '';
}

function refusal(panel: NotebookPanel, edit: WireEdit, trans: TranslationBundle): string {
  const index = panel.content.widgets.findIndex(cell => cell.model.id === edit.cell_id);
  const cell = panel.content.widgets[index];
  if (cell === undefined) {
    return '';
  }
  if (edit.op === 'replace' && cell.model.getMetadata('editable') === false) {
    return trans.__('cell %1 may not be edited', index + 1);
  }
  if (edit.op === 'delete' && cell.model.getMetadata('deletable') === false) {
    return trans.__('cell %1 may not be deleted', index + 1);
  }
  return isComposing(cell) ? trans.__('cell %1 is being typed in', index + 1) : '';
}

/** Whether half a word of an input method stands in a cell. */
function isComposing(cell: Cell): boolean {
  const { editor } = (cell.editor ?? {}) as { editor?: { composing?: boolean } };
  return editor?.composing === true;
}

function doEdit(shared: ISharedNotebook, edit: WireEdit): void {
  const at = shared.cells.findIndex(cell => cell.getId() === edit.cell_id);
  switch (edit.op) {
    case 'insert':
      shared.insertCell(edit.index, {
        id: edit.cell_id,
        cell_type: edit.kind,
        source: edit.source,
        metadata: edit.kind === 'code' ? { trusted: true } : {}
      });
      return;
    case 'replace':
      shared.cells[at]?.setSource(edit.source);
      return;
    case 'delete':
      shared.deleteCell(at);
      return;
    case 'move':
      shared.moveCell(at, edit.index);
      return;
  }
}
