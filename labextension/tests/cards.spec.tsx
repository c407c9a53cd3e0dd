import { nullTranslator } from '@jupyterlab/translation';
import { RenderMimeRegistry, standardRendererFactories } from '@jupyterlab/rendermime';
import { act } from 'react';
import type { JSX } from 'react';
import { createRoot } from 'react-dom/client';
import type { Root } from 'react-dom/client';
import { Composer } from '../src/cards/composer';
import { Frame } from '../src/cards/frame';
import type { IActions } from '../src/cards/frame';
import { History } from '../src/cards/history';
import { Ledger } from '../src/cards/ledger';
import { ConnectionNotice, Notices } from '../src/cards/notices';
import { Preparing } from '../src/cards/preparing';
import type { SessionView } from '../src/protocol';
import { Session } from '../src/session';
import { Wire, prediction, turn } from './doubles';
import { Words } from '../src/words';

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
Element.prototype.scrollIntoView = () => undefined;

const done: string[] = [];
const note =
  (name: string) =>
  (...values: unknown[]): void => {
    done.push([name, ...values.map(value => JSON.stringify(value))].join(' '));
  };
const actions: IActions = {
  openFile: note('open'),
  insertBelow: note('insert'),
  replaceActive: note('replace'),
  copy: note('copy'),
  attachCell: note('attachCell'),
  attachError: note('attachError'),
  leave: note('leave'),
  openSettings: note('settings')
};
const frame = {
  words: new Words(nullTranslator),
  trans: nullTranslator.load('codemaestro'),
  actions,
  rendermime: new RenderMimeRegistry({
    initialFactories: standardRendererFactories,
    // JupyterLab's own parser comes as a plugin; this one knows code blocks
    markdownParser: {
      render: source =>
        Promise.resolve(source.replace(/```\w*\n([^`]*)```/g, '<pre><code>$1</code></pre>').replace(/\*\*/g, '<b>'))
    }
  })
};

let root: Root;
let host: HTMLElement;
let wire: Wire;
let session: Session;

function show(card: (session: Session) => JSX.Element, view: SessionView = {}): void {
  wire = new Wire();
  session = new Session('k', wire);
  wire.say({ type: 'view', view });
  host = document.body.appendChild(document.createElement('div'));
  root = createRoot(host);
  act(() => root.render(<Frame.Provider value={frame}>{card(session)}</Frame.Provider>));
}

afterEach(() => {
  act(() => root.unmount());
  host.remove();
  done.length = 0;
});

function named(name: string): HTMLElement {
  const all = host.querySelectorAll<HTMLElement>('button, input, [role=option]');
  const found = Array.from(all).find(each => (each.getAttribute('aria-label') ?? each.textContent)?.startsWith(name));
  if (found === undefined) {
    throw new Error(`nothing is called ${name} in ${host.innerHTML}`);
  }
  return found;
}

const click = (name: string): void => act(() => named(name).click());

function write(text: string): void {
  const box = host.querySelector('textarea');
  const setter = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value')?.set;
  act(() => {
    setter?.call(box, text);
    box?.dispatchEvent(new Event('input', { bubbles: true }));
  });
}

function press(key: string, more: KeyboardEventInit = {}): boolean {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more });
  act(() => {
    host.querySelector('textarea')?.dispatchEvent(event);
  });
  return event.defaultPrevented;
}

const composing = { pace: { debounce: 0, maxWait: 0, leading: true }, enabled: true, ghostText: true };
const composer = (each: Session): JSX.Element => (
  <Composer session={each} notebookId={() => 'a.ipynb'} composing={composing} drafts={new WeakMap()} draftOf={each} />
);
const PREDICTED: SessionView = {
  stage: { stage: 'INTENT', message: 'Loading relevant files…', progress: 0.2 },
  suggestions: ['OAuth fix'],
  prediction: prediction({
    files: [
      { path: 'src/auth/login.py', probability: 0.71, why: ['named in your text'], prepared: true },
      { path: 'b.md', probability: 0.4, why: [], prepared: false }
    ]
  })
};

test('preparing: stage, bar, suggestions, files with their reasons; click opens, dismiss teaches', () => {
  show(each => <Preparing session={each} notebookId={() => 'a.ipynb'} />);
  act(() => wire.say({ type: 'view_part', view: PREDICTED }));
  expect(host.querySelector('[role=progressbar]')?.getAttribute('aria-valuenow')).toBe('20');
  expect(host.textContent).toContain("I'm preparing solutions for:OAuth fix");
  expect(named('Open src/auth/login.py').title).toBe('src/auth/login.py: named in your text');
  click('Open src/auth/login.py');
  click('b.md is not meant');
  expect(done).toEqual(['open {"path":"src/auth/login.py"}']);
  expect(wire.sent).toEqual([{ type: 'dismiss', path: 'b.md' }]);
  expect(host.querySelectorAll('.maestro-File')).toHaveLength(1);
  click('Loading relevant files…');
  expect(host.querySelectorAll('.maestro-File')).toHaveLength(0);
});

test('preparing: nothing is shown before anything is typed, and once it was sent', () => {
  show(each => <Preparing session={each} notebookId={() => 'a.ipynb'} />, PREDICTED);
  expect(host.textContent).toBe('');
  const typed = { ...PREDICTED, prediction: { ...prediction(PREDICTED.prediction), seq: 2 } };
  act(() => wire.say({ type: 'view_part', view: typed }));
  expect(host.textContent).toContain('login.py');
  act(() => wire.say({ type: 'view_part', view: { turns: [turn('1', { state: 'running' })] } }));
  expect(host.textContent).toBe('');
});

test('the chat box sends what is typed, and the request with Enter', () => {
  show(composer);
  write('fix the auth');
  expect(wire.sent).toMatchObject([
    { type: 'user_typing', source: 'chat', notebook_id: 'a.ipynb', cell_id: '', text: 'fix the auth', cursor: 12 }
  ]);
  press('Enter', { shiftKey: true });
  expect(wire.sent).toHaveLength(1);
  press('Enter');
  expect(wire.sent[1]).toMatchObject({ type: 'submit', text: 'fix the auth', attachments: [], fresh: false });
  expect(host.querySelector('textarea')?.value).toBe('');
});

test('the chat box sends nothing of a word in an input method', () => {
  show(composer);
  const box = host.querySelector('textarea');
  act(() => {
    box?.dispatchEvent(new CompositionEvent('compositionstart', { bubbles: true }));
  });
  write('に');
  expect(wire.sent).toEqual([]);
  act(() => {
    box?.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true }));
  });
  press('Enter', { keyCode: 229 }); // Safari's, with which the person chose the word
  expect(wire.sent).toMatchObject([{ type: 'user_typing', text: 'に' }]);
});

test('ghost text follows the prediction for what was sent, and Tab takes it', () => {
  show(composer);
  write('fix the auth');
  const sent = wire.sent[0];
  const seq = sent?.type === 'user_typing' ? sent.seq : 0;
  expect(press('Tab')).toBe(false); // without ghost text it moves the focus
  act(() => wire.say({ type: 'view_part', view: { prediction: prediction({ seq, words: ['entication'] }) } }));
  expect(host.querySelector('.maestro-Ghost')?.textContent).toBe('entication');
  expect(press('Tab')).toBe(true);
  expect(host.querySelector('textarea')?.value).toBe('fix the authentication');
  expect(wire.sent[1]).toMatchObject({ type: 'user_typing', text: 'fix the authentication', cursor: 22 });
});

test('without a kernel the text stays where it is', () => {
  show(composer);
  write('fix it');
  act(() => wire.become({ state: 'lost' }));
  press('Enter');
  expect(host.querySelector('textarea')?.value).toBe('fix it');
  expect(named('Send')).toHaveProperty('disabled', true);
});

test('@ offers files and variables, chosen by keyboard', async () => {
  show(composer);
  write('read @lo');
  await act(() => new Promise(resolve => setTimeout(resolve, 80)));
  const asked = wire.sent.find(message => message.type === 'complete');
  expect(asked).toMatchObject({ prefix: '@lo' });
  const items = [
    { label: '@log.txt', kind: 'file', detail: '' },
    { label: '@login.py', kind: 'file', detail: '' }
  ];
  await act(async () => {
    wire.say({ type: 'completions', request: asked?.type === 'complete' ? asked.request : '', items });
    await Promise.resolve();
  });
  press('ArrowDown');
  expect(host.querySelector('[aria-selected=true]')?.textContent).toBe('@login.py');
  expect(host.querySelector('textarea')?.getAttribute('aria-activedescendant')).toBe(
    host.querySelector('[aria-selected=true]')?.id
  );
  press('Enter');
  expect(host.querySelector('textarea')?.value).toBe('read @login.py ');
  expect(wire.sent.some(message => message.type === 'submit')).toBe(false);
});

test('attachments go with the request and can be taken off', () => {
  show(composer);
  act(() => session.attach({ kind: 'error', name: 'c1', text: 'Traceback\nKeyError: 1' }));
  act(() => session.attach({ kind: 'cell', name: 'c1', text: 'x = 1' }));
  expect(host.textContent).toContain('KeyError: 1');
  click('Remove the attached cell');
  write('why?');
  press('Enter');
  expect(wire.sent[wire.sent.length - 1]).toMatchObject({ attachments: [{ kind: 'error', name: 'c1' }] });
  expect(host.textContent).not.toContain('KeyError');
});

test('Escape gives the keyboard back to the notebook', () => {
  show(composer);
  press('Escape');
  expect(done).toEqual(['leave']);
});

const history = (each: Session): JSX.Element => (
  <History session={each} notebookId={() => ''} composing={composing} answeredHere={{ current: '' }} />
);

test('an empty conversation offers requests to begin with, which go into the chat box', () => {
  show(each => (
    <>
      {history(each)}
      {composer(each)}
    </>
  ));
  click('where is … defined');
  const box = host.querySelector('textarea');
  expect(box?.value).toBe('where is  defined');
  expect(document.activeElement).toBe(box);
  expect(wire.sent.some(message => message.type === 'submit')).toBe(false);
});

test('an answer is Markdown with code that can be copied and put into cells, without scripts', async () => {
  const markdown = '**yes**\n\n```python\nx = 1\n```\n\n<script>alert(1)</script>';
  show(history, { turns: [turn('1', { markdown })] });
  await act(() => new Promise(resolve => setTimeout(resolve, 50)));
  expect(host.querySelector('.maestro-Markdown script')).toBeNull();
  expect(host.querySelector('pre')?.textContent).toContain('x = 1');
  click('Copy code');
  click('Insert code below');
  click('Replace the active cell');
  click('Copy the answer');
  click('Insert the answer');
  expect(done).toEqual([
    'copy "x = 1"',
    'insert "x = 1" "code"',
    'replace "x = 1"',
    `copy ${JSON.stringify(markdown)}`,
    `insert ${JSON.stringify(markdown)} "markdown"`
  ]);
});

test('a running answer can be stopped; a receipt says what preparing brought', () => {
  const receipt = {
    prepared: 4,
    used: 3,
    wasted: 1,
    saved_seconds: 0.42,
    waited_seconds: 0,
    said: 'I loaded auth files'
  };
  show(history, { turns: [turn('1', { receipt }), turn('2', { state: 'running' })] });
  expect(host.textContent).toContain('I loaded auth files3 of 4 prepared used');
  click('Stop this answer');
  expect(wire.sent).toEqual([{ type: 'cancel', turn: '2' }]);
});

test('an answer says what it took; without a model nothing of cost', () => {
  const spent = { model: 'gpt', local: false, tokens: 1812, estimated: false, cached: 610, dollars: 0.0012 };
  const receipt = { prepared: 1, used: 1, wasted: 0, saved_seconds: 1.4, waited_seconds: 0, said: '' };
  show(history, {
    turns: [turn('1', { spent, receipt }), turn('2', { asked_seconds: 0.5 }), turn('3', { spent, reused: true })]
  });
  const lines = Array.from(host.querySelectorAll('.maestro-Took')).map(line =>
    Array.from(line.children).map(each => each.textContent)
  );
  expect(lines).toEqual([
    ['2.0 s', '1,812 tokens', '$0.0012', 'saved 1.4 s', 'gpt'],
    ['1.5 s'],
    ['2.0 s', 'from history', 'gpt']
  ]);
});

test('the newest answer asks how it felt, once', () => {
  show(history, { turns: [turn('1'), turn('2')], ask_rating: true });
  expect(host.querySelectorAll('.maestro-Rating')).toHaveLength(1);
  expect(host.querySelectorAll('.maestro-Rating input')).toHaveLength(0);
  click('How did that feel?');
  expect(named('How did that feel?').getAttribute('aria-expanded')).toBe('true');
  const marks = host.querySelectorAll<HTMLInputElement>('.maestro-Rating input');
  expect(marks).toHaveLength(15);
  act(() => marks[4]?.click());
  act(() => marks[8]?.click());
  click('Send');
  expect(wire.sent).toEqual([{ type: 'rate', turn: '2', fast: 5, smooth: 4, anticipated: null }]);
  expect(host.querySelector('.maestro-Rating')).toBeNull();
});

test('what a model would add is folded away below an answer made without one', () => {
  const markdown = '**a.py**\n\n*Made without a model. A model would say why.*';
  show(history, { turns: [turn('1', { markdown })] });
  const folded = host.querySelector('details');
  expect([folded?.open, folded?.querySelector('summary')?.textContent]).toEqual([false, 'Made without a model']);
  click('Copy the answer');
  expect(done).toEqual([`copy ${JSON.stringify(markdown)}`]);
});

test('asking again reuses nothing', () => {
  show(history, { turns: [turn('1')] });
  click('Ask again');
  expect(wire.sent).toMatchObject([{ type: 'submit', text: 'request 1', fresh: true }]);
});

test.each([
  [{ state: 'absent' as const }, 'not installed'],
  [{ state: 'unloaded' as const }, 'not loaded'],
  [{ state: 'foreign' as const, language: 'julia' }, 'speaks julia'],
  [{ state: 'failed' as const, message: 'ImportError: x', hint: '' }, 'ImportError: x'],
  [{ state: 'lost' as const }, 'cannot be reached']
])('%j reads "%s"', (connection, words) => {
  show(each => <ConnectionNotice session={each} />);
  expect(host.textContent).toBe('');
  act(() => wire.become(connection));
  expect(host.textContent).toContain(words);
});

test('where it is not installed the panel offers the cell that installs it', () => {
  show(each => <ConnectionNotice session={each} />);
  act(() => wire.become({ state: 'absent' }));
  click('Put into a cell');
  expect(done).toEqual(['insert "%pip install codemaestro-jupyter" "code"']);
});

test('notices say what to do next and can be closed; the index tells how far it is', () => {
  show(each => <Notices session={each} />, {
    notices: [{ level: 'warning', message: 'Old kernel.', hint: 'Upgrade.' }],
    index: { state: 'indexing', done: 3, total: 9 }
  });
  expect(host.textContent).toBe('Old kernel.Upgrade.Reading the project: 3 of 9 files');
  click('Close this notice');
  expect(host.textContent).toBe('Reading the project: 3 of 9 files');
});

test('the ledger sums up, and asks about the session only when asked to', () => {
  const ledger = { prepared: 12, used: 9, wasted: 3, saved_seconds: 75, tokens: 0, dollars: 0 };
  show(each => <Ledger session={each} />, { ledger, model: '', ask_rating: true });
  expect(host.textContent).toBe('12 prepared9 used3 wasted75 s savedno modelDetailsRate session');
  click('Rate session');
  const marks = host.querySelectorAll<HTMLInputElement>('.maestro-Rating input');
  act(() => marks[0]?.click());
  click('Send');
  expect(wire.sent).toEqual([{ type: 'rate', turn: '', fast: 1, smooth: null, anticipated: null }]);
});

test('the session is asked about by itself, instead of the answer, and may be left unrated', () => {
  const ledger = { prepared: 4, used: 3, wasted: 1, saved_seconds: 1.5, tokens: 0, dollars: 0 };
  const both = (each: Session): JSX.Element => (
    <>
      {history(each)}
      <Ledger session={each} />
    </>
  );
  show(both, { ledger, turns: [turn('1')], ask_rating: true, ask_session: true });
  expect(Array.from(host.querySelectorAll('form')).map(form => form.getAttribute('aria-label'))).toEqual([
    'How was this session?'
  ]);
  click('Not now');
  expect(wire.sent).toEqual([{ type: 'rate', turn: '', fast: null, smooth: null, anticipated: null }]);
  expect(host.textContent).not.toContain('How was this session?');
});

test('before anything was prepared there is nothing to sum up', () => {
  const ledger = { prepared: 0, used: 0, wasted: 0, saved_seconds: 0, tokens: 0, dollars: 0 };
  show(each => <Ledger session={each} />, { ledger });
  expect(host.querySelector('.maestro-Ledger p')?.textContent).toBe('');
});
