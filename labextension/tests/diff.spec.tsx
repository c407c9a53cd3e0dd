import { nullTranslator } from '@jupyterlab/translation';
import { RenderMimeRegistry } from '@jupyterlab/rendermime';
import { act } from 'react';
import { createRoot } from 'react-dom/client';
import type { Root } from 'react-dom/client';
import { Change } from '../src/cards/diff';
import { Frame } from '../src/cards/frame';
import type { IActions } from '../src/cards/frame';
import { besideCard, countsOf, rowsOf } from '../src/diffrows';
import type { ChangeView, FileChangeView, HunkView } from '../src/protocol';
import { HUNK, LOOSE, change } from './doubles';
import { Words } from '../src/words';

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });

test('removed and added lines stand beside each other, numbered', () => {
  expect(rowsOf(HUNK)).toEqual([
    { kind: 'same', before: { number: 4, text: 'def f():' }, after: { number: 4, text: 'def f():' } },
    { kind: 'changed', before: { number: 5, text: '    old()' }, after: { number: 5, text: '    new()' } },
    { kind: 'changed', before: { number: 6, text: '    older()' }, after: null },
    { kind: 'same', before: { number: 7, text: '' }, after: { number: 6, text: '' } },
    { kind: 'same', before: { number: 8, text: '' }, after: { number: 7, text: '' } }
  ]);
  expect(rowsOf(LOOSE)).toEqual([
    { kind: 'changed', before: { number: 0, text: 'x' }, after: { number: 0, text: 'y' } }
  ]);
  expect(countsOf([HUNK, LOOSE])).toEqual({ added: 2, removed: 3 });
});

test('beside its card an answer says only what the card does not', () => {
  const diff = '**`a.py`** changed\n\n````diff\n@@ -1,1 +1,1 @@\n-```\n+x\n````\n';
  const card = { title: 'rename old to new', notes: ['a.py: found by whitespace.', 'a.py is generated.'] };
  const noted = '*Put right: a.py: found by whitespace.*\n\n- ⚠ a.py is generated.\n\n- ⚠ Look at this before.\n';
  expect(besideCard(`**rename old to new**\n\n${diff}`, card)).toBe('');
  expect(besideCard(`Wait longer.\n\n${diff}\n${noted}`, card)).toBe('Wait longer.\n\n- ⚠ Look at this before.\n');
  expect(besideCard(noted, { ...card, notes: [] })).toBe(noted);
  expect(besideCard('no diff', card)).toBe('no diff');
});

let root: Root;
let host: HTMLElement;
let said: unknown[][] = [];

function draw(shown: ChangeView | undefined, connected = true): void {
  const frame = {
    words: new Words(nullTranslator),
    trans: nullTranslator.load('codemaestro'),
    actions: {} as IActions,
    rendermime: new RenderMimeRegistry()
  };
  act(() =>
    root.render(
      <Frame.Provider value={frame}>
        <Change change={shown} connected={connected} onAct={onAct} />
      </Frame.Provider>
    )
  );
}

const onAct = (...values: unknown[]): void => {
  said.push(values);
};

beforeEach(() => {
  said = [];
  host = document.createElement('div');
  document.body.append(host);
  root = createRoot(host);
});

afterEach(() => {
  act(() => root.unmount());
  host.remove();
});

const buttons = (): string[] =>
  [...host.querySelectorAll('.maestro-Change-actions button')].map(each => each.textContent ?? '');
const boxes = (): HTMLInputElement[] => [...host.querySelectorAll<HTMLInputElement>('.maestro-Hunk-head input')];
const press = (name: string): void =>
  act(() => [...host.querySelectorAll('button')].find(each => each.textContent === name)?.click());

test('without a change there is no card', () => {
  draw(undefined);
  expect(host.innerHTML).toBe('');
});

test('hunks are accepted and rejected one by one or by file, told at once, and what is accepted is applied', () => {
  draw(change());
  expect(buttons()).toEqual(['Apply 1 of 2', 'Discard']);
  expect(boxes().map(box => box.checked)).toEqual([true, false]);
  const file = host.querySelector<HTMLInputElement>('.maestro-Change-fileHead input');
  expect([file?.checked, file?.indeterminate]).toEqual([false, true]);
  act(() => boxes()[0]?.click());
  expect(host.querySelector<HTMLButtonElement>('.maestro-mod-accept')?.disabled).toBe(true);
  act(() => file?.click());
  expect([file?.checked, file?.indeterminate, buttons()]).toEqual([true, false, ['Apply', 'Discard']]);
  act(() => boxes()[1]?.click());
  press('Apply 1 of 2');
  expect(said).toEqual([
    ['t1', 'leave', ['a.py:1']],
    ['t1', 'take', ['a.py:1', 'a.py:2']],
    ['t1', 'leave', ['a.py:2']],
    ['t1', 'apply', ['a.py:1'], 0]
  ]);
});

/** A change of which these hunks of `change()` are ticked. */
function withTicks(...ticked: boolean[]): ChangeView {
  const { files, ...rest } = change();
  return {
    ...rest,
    files: files.map(file => ({
      ...file,
      hunks: file.hunks.map((hunk, index) => ({ ...hunk, ticked: ticked[index] ?? false }))
    }))
  };
}

test('what was ticked on another screen is ticked here, an older picture takes no tick back', () => {
  draw(change());
  draw(withTicks(false, true));
  expect(boxes().map(box => box.checked)).toEqual([false, true]);
  act(() => boxes()[0]?.click());
  act(() => boxes()[1]?.click());
  draw(withTicks(true, true));
  expect(boxes().map(box => box.checked)).toEqual([true, false]);
  draw(withTicks(true, false));
  draw(withTicks(false, false));
  expect(boxes().map(box => box.checked)).toEqual([false, false]);
});

test('another plan begins with its own choice, also if what was told never came back', () => {
  draw(change());
  act(() => boxes()[1]?.click());
  draw(change({ message: 'a.py changed since the plan was made.' }));
  expect(boxes().map(box => box.checked)).toEqual([true, true]);
  draw(
    change({
      files: [
        { path: 'b.py', old_path: '', kind: 'created', live: false, blocked: '', hunks: [{ ...HUNK, id: 'b.py:1' }] }
      ]
    })
  );
  expect(boxes().map(box => box.checked)).toEqual([true]);
});

test('a choice is kept to oneself while nobody hears it', () => {
  draw(change(), false);
  act(() => boxes()[1]?.click());
  expect([said, boxes().map(box => box.checked)]).toEqual([[], [true, true]]);
});

test('the keyboard goes on with the button in the place of the one that was pressed', () => {
  draw(change());
  press('Apply 1 of 2');
  draw(change({ busy: true }));
  draw(change({ state: 'applied', transaction: '000001-ab' }));
  expect(document.activeElement?.textContent).toBe('Undo');
  expect(host.textContent).toContain('Applied 000001-ab');
  expect(boxes().every(box => box.disabled)).toBe(true);
  press('Undo');
  draw(change({ state: 'undone', transaction: '000001-ab' }));
  expect(document.activeElement?.textContent).toBe('Redo');
  press('Redo');
  expect(said.map(each => each[1])).toEqual(['apply', 'undo', 'redo']);
});

test('what cannot be done is said, with what could be', () => {
  draw(
    change({
      applicable: false,
      files: [],
      problem: 'old is not defined.',
      candidates: ['a.py:3'],
      fixes: ['Rename olde.', 'Rename oldest.'],
      blocked: []
    })
  );
  expect(buttons()).toEqual([]);
  expect(host.textContent).toContain('old is not defined.');
  press('Rename oldest.');
  expect(said).toEqual([['t1', 'fix', [], 1]]);
});

test('what may not be changed takes Apply away only while a place of it is ticked, and says so there', () => {
  const blocked = 'b.py is write-protected.';
  const locked = { path: 'b.py', old_path: '', kind: 'changed' as const, live: false, blocked };
  const files = [...change().files, { ...locked, hunks: [{ ...HUNK, id: 'b.py:1', ticked: false }] }];
  draw(change({ files }));
  const reasons = (): number => (host.textContent ?? '').split(blocked).length - 1;
  const seen = [[buttons(), reasons()]];
  act(() => boxes()[2]?.click());
  seen.push([buttons(), reasons()]);
  act(() => boxes()[2]?.click());
  seen.push([buttons(), reasons()]);
  const offered = [['Apply 1 of 3', 'Discard'], 1];
  expect(seen).toEqual([offered, [['Discard'], 2], offered]);
  draw(change({ files: files.slice(1) }));
  expect([buttons(), reasons()]).toEqual([[], 1]);
});

test('of a large card the lines that it left out are asked for', () => {
  const far = { ...HUNK, id: 'a.py:2', lines: [], more: 6 };
  const file = { path: 'a.py', old_path: '', kind: 'changed' as const, live: false, blocked: '', hunks: [HUNK, far] };
  draw(change({ files: [file] }));
  expect(host.querySelector('.maestro-Change-counts')?.textContent).toBe('6 lines not shown');
  press('Show its 6 lines');
  draw(change({ files: [{ ...file, hunks: [HUNK, { ...far, lines: HUNK.lines, more: 0 }] }] }));
  expect(host.querySelectorAll('tbody tr')).toHaveLength(10);
  expect(said).toEqual([['t1', 'show', ['a.py:2']]]);
});

test('nothing can be pressed while it is worked on or nobody is there', () => {
  for (const [busy, connected] of [
    [true, true],
    [false, false]
  ] as const) {
    draw(change({ busy, message: 'no' }), connected);
    expect([...host.querySelectorAll<HTMLButtonElement>('.maestro-Button')].every(each => each.disabled)).toBe(true);
  }
});

test('of a very long hunk the first lines are drawn, and more when asked for', () => {
  const lines = Array.from({ length: 450 }, (_, index) => `+line ${index}`);
  const hunks = [{ ...HUNK, id: 'b.py:1', lines }];
  draw(change({ files: [{ path: 'b.py', old_path: '', kind: 'created', live: false, blocked: '', hunks }] }));
  const drawn = (): number => host.querySelectorAll('tbody tr').length;
  const counts = [drawn()];
  press('Show more of the other 250 lines');
  counts.push(drawn());
  press('Show more of the other 50 lines');
  counts.push(drawn());
  expect([counts, buttons()]).toEqual([
    [200, 400, 450],
    ['Apply', 'Discard']
  ]);
});

test('of thousands of hunks those far from the screen are not in the page, and are ticked with their file', () => {
  const observed = jest.spyOn(IntersectionObserver.prototype, 'observe').mockReturnValue();
  const [file] = change().files as [FileChangeView];
  const [hunk] = file.hunks as [HunkView];
  const hunks = Array.from({ length: 1000 }, (_, number) => ({
    ...hunk,
    id: `a.py:${number}`,
    ticked: false
  }));
  draw({ ...change(), files: [{ ...file, hunks }] });
  expect(boxes()).toHaveLength(50);
  act(() => host.querySelector<HTMLInputElement>('.maestro-Change-fileHead input')?.click());
  expect(boxes().every(box => box.checked)).toBe(true);
  expect(said).toEqual([['t1', 'take', hunks.map(({ id }) => id)]]);
  observed.mockRestore();
});
