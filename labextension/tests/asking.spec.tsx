import { nullTranslator } from '@jupyterlab/translation';
import { RenderMimeRegistry, standardRendererFactories } from '@jupyterlab/rendermime';
import { act } from 'react';
import type { JSX } from 'react';
import { createRoot } from 'react-dom/client';
import type { Root } from 'react-dom/client';
import { Frame } from '../src/cards/frame';
import { History } from '../src/cards/history';
import type { IActions } from '../src/cards/frame';
import { Ledger } from '../src/cards/ledger';
import { Notices } from '../src/cards/notices';
import { Preparing } from '../src/cards/preparing';
import { OpenQuestion } from '../src/cards/question';
import { Turn } from '../src/cards/turn';
import type { QuestionView, SessionView } from '../src/protocol';
import { Session } from '../src/session';
import { HUNK, Wire, change, turn } from './doubles';
import { Words } from '../src/words';

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });

const nothing = (): void => undefined;
const actions: IActions = {
  openFile: nothing,
  insertBelow: nothing,
  replaceActive: nothing,
  copy: nothing,
  attachCell: nothing,
  attachError: nothing,
  leave: nothing,
  openSettings: nothing
};
const frame = {
  words: new Words(nullTranslator),
  trans: nullTranslator.load('codemaestro'),
  actions,
  rendermime: new RenderMimeRegistry({
    initialFactories: standardRendererFactories,
    markdownParser: { render: source => Promise.resolve(source) }
  })
};
const composing = { pace: { debounce: 0, maxWait: 0, leading: true }, enabled: true, ghostText: true };
const LEDGER = { prepared: 4, used: 3, wasted: 1, saved_seconds: 1.5, tokens: 1200, dollars: 0.03 };

let root: Root;
let host: HTMLElement;
let wire: Wire;

function show(card: (session: Session) => JSX.Element, view: SessionView = {}): void {
  wire = new Wire();
  const session = new Session('k', wire);
  wire.say({ type: 'view', view });
  host = document.body.appendChild(document.createElement('div'));
  host.className = 'maestro-Panel';
  root = createRoot(host);
  act(() =>
    root.render(
      <Frame.Provider value={frame}>
        {card(session)}
        <div className="maestro-Composer">
          <textarea />
        </div>
      </Frame.Provider>
    )
  );
}

afterEach(() => {
  act(() => root.unmount());
  host.remove();
});

function question(more: Partial<QuestionView> = {}): QuestionView {
  return {
    id: 'q1',
    turn: 't1',
    stage: 'SCOPE',
    text: 'Frontend or backend?',
    options: [
      { id: 'o1', label: 'Frontend', probability: 0.6, ready: false },
      { id: 'o2', label: 'Backend', probability: 0.4, ready: true }
    ],
    ...more
  };
}

const asked = (session: Session): JSX.Element => (
  <OpenQuestion session={session} notebookId={() => 'a.ipynb'} composing={composing} answeredHere={{ current: '' }} />
);

function button(name: string): HTMLButtonElement {
  const found = Array.from(host.querySelectorAll('button')).find(each => each.textContent?.startsWith(name));
  if (found === undefined) {
    throw new Error(`nothing is called ${name} in ${host.innerHTML}`);
  }
  return found;
}

function write(text: string): void {
  const box = host.querySelector<HTMLInputElement>('input.maestro-Input');
  const setter = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set;
  act(() => {
    setter?.call(box, text);
    box?.dispatchEvent(new Event('input', { bubbles: true }));
  });
}

const press = (key: string): void =>
  act(() => {
    document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  });

const say = (view: SessionView): void => act(() => wire.say({ type: 'view_part', view }));

test('an open question offers answers, marks what is prepared as it comes, and is answered once', () => {
  show(asked, { question: question() });
  expect(button('Backend').textContent).toBe('Backendalready prepared');
  expect(button('Frontend').textContent).toBe('Frontend');
  const first = button('Frontend');
  const options = question().options.map(option => ({ ...option, ready: true }));
  say({ question: question({ options }) });
  expect(first.textContent).toBe('Frontendalready prepared');
  act(() => button('Backend').click());
  expect(wire.sent).toEqual([{ type: 'choose', question: 'q1', option: 'o2', text: '' }]);
  expect(host.querySelector('fieldset')?.disabled).toBe(true);
  say({ question: null });
  expect(host.textContent).toBe('');
});

test('the arrow keys go round the answers', () => {
  show(asked, { question: question() });
  button('Frontend').focus();
  press('ArrowDown');
  expect(document.activeElement).toBe(button('Backend'));
  press('ArrowRight');
  expect(document.activeElement).toBe(button('Frontend'));
  press('ArrowUp');
  expect(document.activeElement).toBe(button('Backend'));
});

test('an own answer is told together with its request while it is typed, and sent once', () => {
  show(asked, { question: question(), turns: [turn('t1', { request: 'fix it', notebook_id: 'a.ipynb' })] });
  write('the api');
  const [typed] = wire.sent;
  expect(typed).toMatchObject({
    type: 'user_typing',
    source: 'chat',
    notebook_id: 'a.ipynb',
    text: 'fix it\nthe api',
    cursor: 'fix it\nthe api'.length
  });
  act(() => button('Answer').click());
  expect(wire.sent.slice(1)).toEqual([{ type: 'choose', question: 'q1', option: '', text: 'the api' }]);
});

test('a confirmation says nothing of preparing, and who answers by keyboard goes on there', () => {
  show(asked, { question: question() });
  button('Frontend').focus();
  act(() => button('Frontend').click());
  (document.activeElement as HTMLElement).blur(); // as browsers do when the button is disabled
  say({ question: null });
  expect(document.activeElement?.tagName).toBe('TEXTAREA');
  const confirm = question({
    id: 'q2',
    stage: 'READY',
    text: 'Apply this?',
    options: [
      { id: 'apply', label: 'Apply', probability: 0.8, ready: true },
      { id: 'leave', label: 'Leave everything', probability: 0.2, ready: true }
    ]
  });
  say({ question: confirm });
  expect(host.textContent).not.toContain('prepared');
  expect(document.activeElement).toBe(button('Leave everything'));
});

test('a change that waits for a yes has one place to say so: its card, where the focus goes on', () => {
  const answeredHere = { current: '' };
  const props = { notebookId: () => 'a.ipynb', composing, answeredHere };
  show(
    session => (
      <>
        <History session={session} {...props} />
        <OpenQuestion session={session} {...props} />
      </>
    ),
    { question: question(), turns: [turn('t1', { state: 'running', notebook_id: 'a.ipynb' })] }
  );
  expect(host.textContent).toContain('Waiting for your answer');
  button('Frontend').focus();
  act(() => button('Frontend').click());
  (document.activeElement as HTMLElement).blur();
  say({ question: null });
  say({
    changes: [
      change({ files: [{ path: 'a.py', old_path: '', kind: 'changed', live: false, blocked: '', hunks: [HUNK] }] })
    ],
    question: question({ id: 'q2', stage: 'READY', text: 'Apply this?' })
  });
  const names = Array.from(host.querySelectorAll('button')).map(each => each.textContent);
  expect(names.filter(name => name?.startsWith('Apply'))).toEqual(['Apply']);
  expect(names).not.toContain('Frontend');
  expect(document.activeElement).toBe(button('Discard'));
  press('ArrowLeft');
  expect(document.activeElement).toBe(button('Apply'));
  wire.sent.length = 0;
  write('only in a.py');
  act(() => button('Answer').click());
  expect(wire.sent.at(-1)).toEqual({ type: 'choose', question: 'q2', option: '', text: 'only in a.py' });
  expect(answeredHere.current).toBe('t1');
});

test('the text of a plan is changed where it is confirmed, and its diff asked for', async () => {
  show(asked, { question: question({ stage: 'READY', text: 'Apply this?' }) });
  act(() => button("Edit the plan's text").click());
  const [ask] = wire.sent;
  const request = ask?.type === 'ask_plan' ? ask.request : '';
  await act(async () => {
    wire.say({ type: 'plan', request, text: '=== 1. replace in a.py ===\nx = 1' });
    await Promise.resolve();
  });
  const box = host.querySelector('textarea');
  expect(box?.value).toBe('=== 1. replace in a.py ===\nx = 1');
  expect(button('Show the changed diff').disabled).toBe(true);
  const setter = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value')?.set;
  act(() => {
    setter?.call(box, '=== 1. replace in a.py ===\nx = 2');
    box?.dispatchEvent(new Event('input', { bubbles: true }));
  });
  act(() => button('Show the changed diff').click());
  expect(wire.sent[1]).toEqual({ type: 'revise_plan', turn: 't1', text: '=== 1. replace in a.py ===\nx = 2' });
});

test('where several turns ask, the newest question names its request, and the earlier one follows it', () => {
  const turns = [
    turn('t1', { request: 'fix the login', state: 'running', notebook_id: 'a.ipynb' }),
    turn('t2', { request: 'add a cache', state: 'running', notebook_id: 'a.ipynb' })
  ];
  const later = question({ id: 'q2', turn: 't2', text: 'How shall it be done?' });
  show(asked, { question: later, earlier_questions: [question()], turns });
  const shown = (): (string | null | undefined)[] =>
    ['legend', '.maestro-Question-about'].map(part => host.querySelector(part)?.textContent);
  expect(shown()).toEqual(['How shall it be done?', 'add a cache']);
  say({ question: question(), earlier_questions: [] });
  expect(shown()).toEqual(['Frontend or backend?', undefined]);
  const elsewhere = turn('t2', { state: 'running', notebook_id: 'b.ipynb' });
  say({ question: later, earlier_questions: [question()], turns: [elsewhere] });
  expect(shown()).toEqual(['Frontend or backend?', undefined]);
});

test('a question takes no focus from who types', () => {
  show(asked);
  host.querySelector('textarea')?.focus();
  say({ question: question() });
  expect(document.activeElement?.tagName).toBe('TEXTAREA');
});

test('while a question is open the list names the answers that are prepared for, whatever was typed', () => {
  const suggestions = ['OAuth fix', 'JWT implementation'];
  show(session => <Preparing session={session} notebookId={() => ''} />, { question: question(), suggestions });
  expect(host.textContent).toContain("I'm preparing solutions for:OAuth fixJWT implementation");
  say({ question: null, suggestions: [] });
  expect(host.textContent).toBe('');
});

test('a stopped answer says once that it was stopped, and every answer how long it took', () => {
  show(() => <span />);
  const ended = turn('t', { state: 'cancelled', markdown: 'So far.\n\n*Stopped, 312 tokens billed.*' });
  const draw = (each: typeof ended): string => {
    act(() =>
      root.render(
        <Frame.Provider value={frame}>
          <Turn turn={each} onCancel={nothing} onAgain={nothing} />
        </Frame.Provider>
      )
    );
    return host.textContent ?? '';
  };
  expect(draw({ ...ended, started: 10, finished: 12.5 })).toMatch(/2\.5 s$/);
  expect(draw(ended)).not.toContain('Stopped.');
  expect(draw({ ...ended, markdown: 'So far.' })).toContain('Stopped.');
});

test('a model is looked for when somebody is about to choose, and picked', () => {
  show(session => <Ledger session={session} />, { ledger: LEDGER, model: 'qwen' });
  const list = host.querySelector('select');
  expect(Array.from(list?.options ?? []).map(each => each.value)).toEqual(['off', 'qwen']);
  act(() => list?.focus());
  expect(wire.sent).toEqual([{ type: 'offer_models' }]);
  say({
    models: [
      { name: 'qwen', local: true },
      { name: 'far', local: false }
    ]
  });
  expect(Array.from(list?.options ?? []).map(each => each.textContent)).toEqual([
    'no model',
    'qwen',
    'far (not on this machine)'
  ]);
  const setter = Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, 'value')?.set;
  act(() => {
    setter?.call(list, 'far');
    list?.dispatchEvent(new Event('change', { bubbles: true }));
  });
  expect(wire.sent.slice(1)).toEqual([{ type: 'pick_model', name: 'far' }]);
});

test('consent is asked in plain words, once, and given by a button', () => {
  const question = 'far runs elsewhere. May it read ahead while you type?';
  const notices = [{ level: 'info' as const, message: question, hint: '%maestro consent yes' }];
  show(session => <Notices session={session} />, { consent: { provider: 'far.example', question }, notices });
  expect(host.textContent).toBe(`${question}It mayIt may not`);
  act(() => button('It may not').click());
  expect(wire.sent).toEqual([{ type: 'give_consent', provider: 'far.example', allowed: false }]);
  say({ consent: null, notices: [] });
  expect(host.textContent).toBe('');
});

test('the ledger opens, follows what is spent, and closes', async () => {
  show(session => <Ledger session={session} />, { ledger: LEDGER });
  const reply = async (markdown: string): Promise<void> => {
    const last = wire.sent[wire.sent.length - 1];
    const request = last?.type === 'ask_ledger' ? last.request : '';
    await act(async () => {
      wire.say({ type: 'ledger', request, markdown });
      await Promise.resolve();
    });
  };
  act(() => button('Details').click());
  await reply('| answers |');
  expect(button('Hide details').getAttribute('aria-expanded')).toBe('true');
  expect(host.querySelector('[role=region]')).not.toBeNull();
  const before = wire.sent.length;
  say({ ledger: { ...LEDGER, tokens: 1300 } });
  expect(wire.sent.length).toBe(before + 1);
  await reply('| answers | again |');
  act(() => button('Hide details').click());
  expect(host.querySelector('[role=region]')).toBeNull();
});
