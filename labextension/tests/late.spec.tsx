/** A kernel without subshells answers when its cell has ended: what was asked meanwhile is still wanted. */

import { nullTranslator } from '@jupyterlab/translation';
import { RenderMimeRegistry, standardRendererFactories } from '@jupyterlab/rendermime';
import { act } from 'react';
import type { JSX } from 'react';
import { createRoot } from 'react-dom/client';
import type { Root } from 'react-dom/client';
import { Composer } from '../src/cards/composer';
import { Frame } from '../src/cards/frame';
import { Ledger } from '../src/cards/ledger';
import { ConnectionNotice } from '../src/cards/notices';
import { PlanText } from '../src/cards/plan';
import type { FrontMessage, KernelMessage } from '../src/protocol';
import { Session } from '../src/session';
import { Wire } from './doubles';
import { Words } from '../src/words';

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
Element.prototype.scrollIntoView = () => undefined;

const nothing = (): void => undefined;
const frame = {
  words: new Words(nullTranslator),
  trans: nullTranslator.load('codemaestro'),
  actions: {
    openFile: nothing,
    insertBelow: nothing,
    replaceActive: nothing,
    copy: nothing,
    attachCell: nothing,
    attachError: nothing,
    leave: nothing,
    openSettings: nothing
  },
  rendermime: new RenderMimeRegistry({
    initialFactories: standardRendererFactories,
    markdownParser: { render: source => Promise.resolve(source) }
  })
};
const composing = { pace: { debounce: 0, maxWait: 0, leading: true }, enabled: true, ghostText: true };
const LEDGER = { prepared: 4, used: 3, wasted: 1, saved_seconds: 1.5, tokens: 0, dollars: 0 };
const LATE = 'The kernel answers when its cell has ended.';

let root: Root;
let host: HTMLElement;
let wire: Wire;

function show(card: (session: Session) => JSX.Element): void {
  wire = new Wire();
  const session = new Session('k', wire);
  wire.say({ type: 'view', view: { ledger: LEDGER } });
  host = document.body.appendChild(document.createElement('div'));
  root = createRoot(host);
  act(() => root.render(<Frame.Provider value={frame}>{card(session)}</Frame.Provider>));
}

beforeEach(() => jest.useFakeTimers());

afterEach(() => {
  act(() => root.unmount());
  host.remove();
  jest.useRealTimers();
});

const pass = (milliseconds: number): Promise<void> =>
  act(async () => {
    await jest.advanceTimersByTimeAsync(milliseconds);
  });

function click(name: string): void {
  const found = Array.from(host.querySelectorAll('button')).find(each => each.textContent === name);
  act(() => found?.click());
}

function asked(type: FrontMessage['type']): string[] {
  return wire.sent.flatMap(message => (message.type === type && 'request' in message ? [message.request] : []));
}

async function say(message: KernelMessage): Promise<void> {
  await act(async () => {
    wire.say(message);
    await jest.advanceTimersByTimeAsync(0);
  });
}

function write(text: string): void {
  const box = host.querySelector('textarea');
  const setter = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value')?.set;
  act(() => {
    setter?.call(box, text);
    box?.dispatchEvent(new Event('input', { bubbles: true }));
  });
}

const labels = (): (string | null)[] =>
  Array.from(host.querySelectorAll('.maestro-Completions-label'), each => each.textContent);

const composer = (session: Session): JSX.Element => (
  <Composer
    session={session}
    notebookId={() => 'a.ipynb'}
    composing={composing}
    drafts={new WeakMap()}
    draftOf={session}
  />
);
const ITEMS = [{ label: '@login.py', kind: 'file', detail: '' }];

test('what can follow an @ is shown however late the kernel says it', async () => {
  show(composer);
  write('read @lo');
  await pass(60_000);
  const [request = ''] = asked('complete');
  await say({ type: 'completions', request, items: ITEMS });
  expect(labels()).toEqual(['@login.py']);
});

test('what can follow an @ is asked again where the kernel went away before it said so', async () => {
  show(composer);
  write('read @lo');
  await pass(100);
  act(() => wire.become({ state: 'lost' }));
  await pass(100);
  act(() => wire.become({ state: 'connected' }));
  await pass(100);
  const [first, second = '', ...more] = asked('complete');
  expect([first === second, more]).toEqual([false, []]);
  await say({ type: 'completions', request: second, items: ITEMS });
  expect(labels()).toEqual(['@login.py']);
});

test('the ledger says that it waits for the kernel, and shows what comes at last', async () => {
  show(session => <Ledger session={session} />);
  click('Details');
  await pass(500);
  expect(host.textContent).not.toContain(LATE);
  await pass(60_000);
  expect(host.textContent).toContain(LATE);
  const [request = ''] = asked('ask_ledger');
  await say({ type: 'ledger', request, markdown: 'answers: 3' });
  expect(host.textContent).not.toContain(LATE);
  expect(host.querySelector('[role=region]')).not.toBeNull();
});

test("a plan's text is never shown empty because the kernel is busy", async () => {
  show(session => <PlanText session={session} turn="t1" />);
  click("Edit the plan's text");
  await pass(60_000);
  expect([host.querySelector('textarea'), host.textContent]).toEqual([null, `Edit the plan's text${LATE}`]);
  const [request = ''] = asked('ask_plan');
  await say({ type: 'plan', request, text: '=== 1. replace in a.py ===' });
  expect(host.querySelector('textarea')?.value).toBe('=== 1. replace in a.py ===');
});

test('a plan whose kernel went away says so, and can be asked for again', async () => {
  show(session => <PlanText session={session} turn="t1" />);
  click("Edit the plan's text");
  act(() => wire.become({ state: 'lost' }));
  await pass(0);
  expect([host.querySelector('textarea'), host.textContent]).toEqual([
    null,
    "Edit the plan's textThe kernel does not answer."
  ]);
  act(() => wire.become({ state: 'connected' }));
  click("Edit the plan's text");
  const request = asked('ask_plan')[1] ?? '';
  await say({ type: 'plan', request, text: 'x' });
  expect([host.querySelector('textarea')?.value, host.textContent?.includes('does not answer')]).toEqual(['x', false]);
});

test('a kernel that does not answer for long is said to be busy or stuck, until it answers', async () => {
  show(session => <ConnectionNotice session={session} />);
  act(() => wire.become({ state: 'starting' }));
  await pass(9_000);
  expect(host.textContent).toBe('The kernel is starting…');
  await pass(2_000);
  expect(host.textContent).toContain('The kernel does not answer yet.');
  act(() => wire.become({ state: 'connected' }));
  expect(host.textContent).toBe('');
  act(() => wire.become({ state: 'starting' }));
  expect(host.textContent).toBe('The kernel is starting…');
});

test('a restart that failed is told, with what to do, until somebody closes it', async () => {
  show(session => <ConnectionNotice session={session} />);
  act(() => wire.become({ state: 'connected', stayed: true }));
  expect(host.textContent).toContain('The kernel could not be restarted.It is the old one, with its variables.');
  act(() => host.querySelector<HTMLElement>('[aria-label="Close this notice"]')?.click());
  expect(host.textContent).toBe('');
  act(() => wire.become({ state: 'connected', stayed: true }));
  expect(host.textContent).toContain('could not be restarted');
  await pass(0);
});

test("who opens a plan's text writes in it, and who closes it can open it again; who went elsewhere stays there", async () => {
  show(session => <PlanText session={session} turn="t1" />);
  const button = (): HTMLButtonElement | null => host.querySelector('.maestro-PlanText-open');
  const open = async (): Promise<void> => {
    button()?.focus();
    click("Edit the plan's text");
    await say({ type: 'plan', request: asked('ask_plan').at(-1) ?? '', text: 'x' });
  };
  await open();
  expect(document.activeElement).toBe(host.querySelector('textarea'));
  write('y');
  click('Show the changed diff');
  expect(wire.sent.at(-1)).toEqual({ type: 'revise_plan', turn: 't1', text: 'y' });
  expect(document.activeElement).toBe(host.querySelector('textarea'));
  const close = [...host.querySelectorAll('button')].find(each => each.textContent === 'Close');
  close?.focus();
  click('Close');
  expect(document.activeElement).toBe(button());
  const elsewhere = document.body.appendChild(document.createElement('input'));
  button()?.focus();
  click("Edit the plan's text");
  elsewhere.focus();
  await say({ type: 'plan', request: asked('ask_plan').at(-1) ?? '', text: 'x' });
  expect(document.activeElement).toBe(elsewhere);
  elsewhere.remove();
});
