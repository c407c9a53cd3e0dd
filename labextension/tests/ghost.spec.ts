import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { SentTexts, acceptGhost, ghostExtension, ghostFor, ghostIn, showGhost } from '../src/ghost';
import { prediction } from './doubles';

const SENT = { seq: 5, text: 'fix the auth', cursor: 12 };
const PREDICTED = prediction({ seq: 5, words: ['entication', 'or'] });

test.each([
  ['the text that was sent', 'fix the auth', 12, 'entication'],
  ['a text that goes on as predicted', 'fix the authen', 14, 'tication'],
  ['a text that goes on otherwise', 'fix the author', 14, ''],
  ['a shorter text', 'fix the aut', 11, ''],
  ['a cursor inside the text', 'fix the auth', 3, ''],
  ['a text that is complete', 'fix the authentication', 22, '']
])('behind %s', (_, text, cursor, expected) => {
  expect(ghostFor(PREDICTED, SENT, text, cursor)).toBe(expected);
});

test('nothing without a prediction for exactly what was sent', () => {
  expect(ghostFor(undefined, SENT, SENT.text, 12)).toBe('');
  expect(ghostFor(PREDICTED, null, SENT.text, 12)).toBe('');
  expect(ghostFor(prediction({ seq: 4, words: ['x'] }), SENT, SENT.text, 12)).toBe('');
  expect(ghostFor(prediction({ seq: 5 }), SENT, SENT.text, 12)).toBe('');
  expect(ghostFor(PREDICTED, { ...SENT, cursor: 3 }, SENT.text, 12)).toBe('');
});

test('a prediction that comes late is right if the person typed what it foretold', () => {
  const sent = new SentTexts();
  sent.add(SENT);
  expect([sent.of(PREDICTED), sent.awaits(PREDICTED)]).toEqual([SENT, false]);
  sent.add({ seq: 6, text: 'fix the authe', cursor: 13 });
  expect(sent.awaits(PREDICTED)).toBe(true);
  expect(ghostFor(PREDICTED, sent.of(PREDICTED), 'fix the authe', 13)).toBe('ntication');
  expect(ghostFor(PREDICTED, sent.of(PREDICTED), 'fix the autho', 13)).toBe('');
  sent.forget();
  expect([sent.of(PREDICTED), sent.awaits(PREDICTED)]).toEqual([null, false]);
});

function editor(doc: string): EditorView {
  return new EditorView({
    state: EditorState.create({ doc, selection: { anchor: doc.length }, extensions: [ghostExtension()] }),
    parent: document.body
  });
}

function type(view: EditorView, text: string, userEvent = 'input.type'): void {
  const head = view.state.selection.main.head;
  view.dispatch({ changes: { from: head, insert: text }, selection: { anchor: head + text.length }, userEvent });
}

test('ghost text is no text of the document, and is hidden from screen readers', () => {
  const view = editor('auth');
  showGhost(view, 'entication');
  expect(view.state.doc.toString()).toBe('auth');
  const shown = view.dom.querySelector('.maestro-Ghost');
  expect([shown?.textContent, shown?.getAttribute('aria-hidden')]).toEqual(['entication', 'true']);
  expect(view.contentDOM.classList.contains('maestro-mod-ghost')).toBe(true);
});

test('what is typed of it is taken off; anything else removes it', () => {
  const view = editor('auth');
  showGhost(view, 'entication');
  type(view, 'en');
  expect(ghostIn(view)).toBe('tication');
  type(view, 'x');
  expect(ghostIn(view)).toBe('');
  showGhost(view, 'entication');
  view.dispatch({ selection: { anchor: 0 } });
  expect(ghostIn(view)).toBe('');
  expect(view.contentDOM.classList.contains('maestro-mod-ghost')).toBe(false);
});

test('accepting puts it into the document, with the cursor behind it', () => {
  const view = editor('auth');
  expect(acceptGhost(view)).toBe(false);
  showGhost(view, 'entication');
  expect(acceptGhost(view)).toBe(true);
  expect([view.state.doc.toString(), view.state.selection.main.head, ghostIn(view)]).toEqual([
    'authentication',
    14,
    ''
  ]);
});

test('an editor without the extension is left alone', () => {
  const view = new EditorView({ doc: 'auth' });
  showGhost(view, 'x');
  expect([ghostIn(view), acceptGhost(view), view.state.doc.toString()]).toEqual(['', false, 'auth']);
});

test('ghost text makes way for an input method, even for what it says itself', () => {
  const view = editor('auth');
  showGhost(view, 'entication');
  type(view, 'e', 'input.type.compose');
  expect(ghostIn(view)).toBe('');
});
