import { YNotebook } from '@jupyter/ydoc';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { nullTranslator } from '@jupyterlab/translation';
import { editCells, withEdits, wireNotebook } from '../src/celledits';
import type { WireCell, WireEdit } from '../src/protocol';

beforeEach(() => {
  jest.spyOn(console, 'warn').mockImplementation(); // Yjs, on the way in which ydoc makes cells inside a notebook
});

const trans = nullTranslator.load('codemaestro');

/** What `editCells` needs of a notebook panel, on the shared model that JupyterLab uses. */
function panelOf(shared: YNotebook, more: { readOnly?: boolean; composing?: string } = {}): NotebookPanel {
  const models = (): object[] =>
    shared.cells.map(cell => ({
      id: cell.getId(),
      type: cell.cell_type,
      sharedModel: cell,
      getMetadata: (key: string): unknown => cell.getMetadata(key)
    }));
  const content = {
    model: {
      sharedModel: shared,
      readOnly: more.readOnly ?? false,
      cells: { [Symbol.iterator]: () => models().values() }
    },
    activeCell: null,
    get widgets() {
      return models().map(model => ({
        model,
        editor: { editor: { composing: (model as { id: string }).id === more.composing } }
      }));
    }
  };
  return { content, context: { path: 'a.ipynb', isReady: true } } as unknown as NotebookPanel;
}

function notebook(wide: boolean, ...sources: string[]): YNotebook {
  const shared = new YNotebook({ disableDocumentWideUndoRedo: !wide });
  sources.forEach((source, index) => shared.addCell({ id: `c${index}`, cell_type: 'code', source, metadata: {} }));
  shared.clearUndoHistory();
  return shared;
}

const sources = (shared: YNotebook): string[] => shared.cells.map(cell => cell.getSource());

function edit(op: WireEdit['op'], cell_id: string, index: number, before = '', source = ''): WireEdit {
  return { op, cell_id, index, before, source, kind: 'code' };
}

const ALL = [
  edit('delete', 'c0', 0, 'zero'),
  edit('insert', 'n1', 0, '', 'new'),
  edit('move', 'c2', 1, 'two', 'two'),
  edit('replace', 'c1', 2, 'one', 'ONE')
];

describe.each([true, false])('with an undo history for the whole document: %s', wide => {
  test('all edits are one step to undo and to do again', () => {
    const shared = notebook(wide, 'zero', 'one', 'two');
    shared.transact(() => shared.cells[0]?.setSource('zer'));
    shared.transact(() => shared.cells[0]?.setSource('zero'));
    expect(editCells(panelOf(shared), ALL, trans)).toBe('');
    expect(sources(shared)).toEqual(['new', 'two', 'ONE']);
    shared.transact(() => shared.insertCell(3, { cell_type: 'markdown', source: 'later' }));
    shared.undo();
    expect(sources(shared)).toEqual(['new', 'two', 'ONE']);
    shared.undo();
    expect(sources(shared)).toEqual(['zero', 'one', 'two']);
    shared.redo();
    expect(sources(shared)).toEqual(['new', 'two', 'ONE']);
  });
});

test('nothing is done where the person typed meanwhile', () => {
  const shared = notebook(true, 'zero', 'typed', 'two');
  expect(editCells(panelOf(shared), ALL, trans)).toBe('cell 2 changed meanwhile');
  expect(sources(shared)).toEqual(['zero', 'typed', 'two']);
  expect(shared.canUndo()).toBe(false);
});

test('nothing is done to what is gone, fixed, read-only or half composed', () => {
  const shared = notebook(true, 'zero', 'one');
  const replace = [edit('replace', 'c1', 1, 'one', 'ONE')];
  expect(editCells(panelOf(shared), [edit('replace', 'gone', 0, 'x', 'y')], trans)).toBe('a cell is gone');
  expect(editCells(panelOf(shared, { readOnly: true }), replace, trans)).toBe('the notebook cannot be edited');
  expect(editCells(panelOf(shared, { composing: 'c1' }), replace, trans)).toBe('cell 2 is being typed in');
  shared.cells[1]?.setMetadata('editable', false);
  expect(editCells(panelOf(shared), replace, trans)).toBe('cell 2 may not be edited');
  shared.cells[0]?.setMetadata('deletable', false);
  expect(editCells(panelOf(shared), [edit('delete', 'c0', 0, 'zero')], trans)).toBe('cell 1 may not be deleted');
  expect(sources(shared)).toEqual(['zero', 'one']);
});

test('the shared model ends as the pure function says', () => {
  const shared = notebook(true, 'zero', 'one', 'two');
  const before = wireNotebook(panelOf(shared));
  expect(before).toEqual({
    path: 'a.ipynb',
    writable: true,
    cells: ['zero', 'one', 'two'].map((source, index): WireCell => ({ id: `c${index}`, kind: 'code', source }))
  });
  const wanted = withEdits(before.cells, ALL);
  editCells(panelOf(shared), ALL, trans);
  expect(wireNotebook(panelOf(shared)).cells).toEqual(wanted);
});
