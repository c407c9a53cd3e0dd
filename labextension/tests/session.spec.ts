import type { Attachment, ChangePart, SessionView } from '../src/protocol';
import { merge } from '../src/picture';
import { Session } from '../src/session';
import { nextSeq } from '../src/typing';
import { HUNK, LOOSE, Wire, change, prediction, turn } from './doubles';

const WELCOME = { type: 'welcome' as const, protocol: 1, version: '1', session: 's' };

function connected(view: SessionView = {}): { session: Session; wire: Wire; parts: string[][] } {
  const wire = new Wire();
  const session = new Session('k', wire);
  const parts: string[][] = [];
  session.changed.connect((_, changed) => parts.push([...changed].sort()));
  wire.say(WELCOME);
  wire.say({ type: 'view', view });
  parts.length = 0;
  return { session, wire, parts };
}

const ASK = { text: 'fix it', source: 'chat' as const, notebookId: 'a.ipynb' };

test('once nobody watches nothing is expected of what was typed, also when somebody watches again', () => {
  const { session, wire, parts } = connected({ enabled: true, prediction: prediction({ seq: 7 }) });
  wire.say({ type: 'view_part', view: { prediction: prediction({ seq: 8 }) } });
  wire.say({ type: 'view_part', view: { enabled: false } });
  expect([session.prediction, parts.at(-1)]).toEqual([undefined, ['enabled', 'prediction']]);
  wire.say({ type: 'view_part', view: { enabled: true } });
  expect(session.prediction).toBeUndefined();
  wire.say({ type: 'view_part', view: { prediction: prediction({ seq: 9 }) } });
  expect(session.prediction?.seq).toBe(9);
});

test('a part replaces the keys it has; turns are matched by id and keep their order', () => {
  const whole: SessionView = { root: '/r', enabled: true, turns: [turn('1'), turn('2')] };
  const part: SessionView = { enabled: false, turns: [turn('3'), turn('1', { markdown: 'new' })] };
  expect(merge(whole, part)).toEqual({
    root: '/r',
    enabled: false,
    turns: [turn('1', { markdown: 'new' }), turn('2'), turn('3')]
  });
});

test('a turn that did not change stays the same object, so that it is not drawn again', () => {
  const whole: SessionView = { turns: [turn('1'), turn('2')] };
  const merged = merge(whole, { turns: [turn('2', { markdown: 'more' })] });
  expect(merged.turns?.[0]).toBe(whole.turns?.[0]);
});

test('what is new of a change goes into it, and what is not stays the same object', () => {
  const other = { path: 'b.py', old_path: '', kind: 'created' as const, live: false, blocked: '', hunks: [] };
  const card = change({ files: [...change().files, other] });
  const news = {
    state: 'proposed',
    busy: true,
    applicable: false,
    blocked: ['no'],
    fixes: [],
    message: 'm',
    transaction: ''
  };
  const part = {
    turn: 't1',
    ...news,
    taken: ['a.py:2'],
    left: [],
    lines: [{ id: 'a.py:1', lines: ['+x'] }]
  } as ChangePart;
  const merged = merge({ session: 's', changes: [card] }, { changed: [part, { ...part, turn: 'unknown' }] });
  const hunks = [
    { ...HUNK, lines: ['+x'], more: 0 },
    { ...LOOSE, ticked: true }
  ];
  expect(merged).toEqual({
    session: 's',
    changes: [{ ...card, ...news, files: [{ ...card.files[0], hunks }, card.files[1]] }]
  });
  expect(merged.changes?.[0]?.files[1]).toBe(card.files[1]);
});

test('the whole picture replaces the old one', () => {
  const { session, wire } = connected({ session: 's', model: 'm', turns: [turn('1')] });
  wire.say({ type: 'view', view: { session: 's', turns: [] } });
  expect(session.view).toEqual({ session: 's', turns: [] });
});

test('after a restart the conversation stays, in order; what was running then was stopped', () => {
  const old = [turn('1', { started: 1 }), turn('2', { started: 2, state: 'running' })];
  const { session, wire } = connected({ session: 's1', turns: old });
  wire.say(WELCOME);
  wire.say({ type: 'view', view: { session: 's2', turns: [] } });
  const stopped = turn('2', { started: 2, state: 'cancelled' });
  expect(session.turns).toEqual([old[0], stopped]);
  // the kernel finds the stored turns again once it has heard of the notebook
  const stored = [turn('1', { started: 1, rated: true }), turn('3', { started: 3 })];
  wire.say({ type: 'view', view: { session: 's2', turns: stored } });
  expect(session.turns).toEqual([stored[0], stopped, stored[1]]);
  // somebody clears on another page
  wire.say({ type: 'view', view: { session: 's2', turns: [] } });
  expect(session.turns).toEqual([]);
});

test('each notebook has its own conversation, and is cleared alone', () => {
  const turns = ['a', 'b', ''].map(name => turn(`in ${name}`, { notebook_id: name }));
  const { session, wire } = connected({ session: 's', turns });
  expect(session.turnsOf('a').map(each => each.id)).toEqual(['in a', 'in ']);
  session.submit({ ...ASK, notebookId: 'a' });
  session.submit({ ...ASK, notebookId: 'b' });
  wire.sent.length = 0;
  session.clear('a');
  expect(wire.sent).toEqual([{ type: 'clear', notebook_id: 'a' }]);
  expect(session.turns.map(each => each.id)).toEqual(['in b']);
  expect(session.pending.map(each => each.notebookId)).toEqual(['b']);
});

test('what is predicted for a text that was sent is not shown, even if it comes late', () => {
  const { session, wire } = connected({ turns: [] });
  const typed = nextSeq();
  session.submit(ASK);
  wire.say({ type: 'view_part', view: { prediction: prediction({ seq: typed }) } });
  expect(session.prediction).toBeUndefined();
  wire.say({ type: 'view_part', view: { prediction: prediction({ seq: nextSeq() }) } });
  expect(session.prediction).toBeDefined();
});

test('a whole picture that comes again keeps what is being typed and what is on its way', () => {
  const { session, wire } = connected({ session: 's', turns: [turn('1')], prediction: prediction({ seq: 1 }) });
  session.submit(ASK);
  const typed = nextSeq();
  wire.say({ type: 'view_part', view: { prediction: prediction({ seq: typed }) } });
  wire.say({ type: 'view', view: { session: 's', turns: [], prediction: prediction({ seq: typed }) } });
  expect([session.pending.length, session.prediction?.seq, session.turns]).toEqual([1, typed, []]);
});

test('only what changed is told', () => {
  const { wire, parts } = connected();
  wire.say({ type: 'view_part', view: { prediction: prediction(), suggestions: ['a'] } });
  expect(parts).toEqual([['prediction', 'suggestions']]);
});

test('a request is pending until its turn is in the picture, in whatever order the kernel says so', () => {
  const { session, wire } = connected({ turns: [] });
  expect(session.submit(ASK)).toBe(true);
  const message = wire.sent[0];
  const request = message?.type === 'submit' ? message.request : '';
  const sent = { request, text: 'fix it', notebookId: 'a.ipynb', turn: '', attachments: [], lost: false };
  expect(session.pending).toEqual([sent]);
  wire.say({ type: 'submitted', request, turn: 't1' });
  expect(session.pending).toHaveLength(1);
  wire.say({ type: 'view_part', view: { turns: [turn('t1', { state: 'running' })] } });
  expect(session.pending).toEqual([]);
  expect(session.runningIn('')?.id).toBe('t1');

  session.submit(ASK);
  const second = wire.sent[1];
  wire.say({ type: 'view_part', view: { turns: [turn('t2')] } });
  wire.say({ type: 'submitted', request: second?.type === 'submit' ? second.request : '', turn: 't2' });
  expect(session.pending).toEqual([]);
});

test('what the kernel refuses is said, and no longer pending', () => {
  const { session, wire } = connected();
  session.submit(ASK);
  const message = wire.sent[0];
  const request = message?.type === 'submit' ? message.request : '';
  wire.say({ type: 'error', request, message: 'No.', hint: 'Try again.' });
  expect(session.pending).toEqual([]);
  expect(session.problem).toEqual({ message: 'No.', hint: 'Try again.' });
  session.forgetProblem();
  expect(session.problem).toBeNull();
});

test('without a kernel a request is not taken', () => {
  const { session, wire } = connected();
  wire.become({ state: 'lost' });
  expect(session.submit(ASK)).toBe(false);
  expect(session.pending).toEqual([]);
});

test('the picture stays on screen while the kernel is away', () => {
  const { session, wire, parts } = connected({ turns: [turn('1')] });
  session.submit(ASK);
  parts.length = 0;
  wire.become({ state: 'starting' });
  expect(session.turns).toHaveLength(1);
  expect(session.pending.map(each => each.lost)).toEqual([true]);
  expect(parts).toEqual([['connection', 'pending']]);
});

test('a request that went down with the kernel stays on screen, to be sent again or given up', () => {
  const { session, wire } = connected({ session: 's', turns: [] });
  const attachments: Attachment[] = [{ kind: 'file', name: 'a.py', text: '' }];
  session.submit({ ...ASK, attachments });
  session.submit({ ...ASK, text: 'and this' });
  wire.become({ state: 'starting' });
  wire.become({ state: 'connected' });
  wire.say(WELCOME);
  wire.say({ type: 'view', view: { session: 'next', turns: [] } });
  expect(session.pending.map(each => [each.text, each.lost])).toEqual([
    ['fix it', true],
    ['and this', true]
  ]);
  wire.sent.length = 0;
  const answers = [true, false];
  [...session.pending].forEach((each, place) => session.resend(each, answers[place] ?? false));
  expect(session.pending.map(each => [each.text, each.lost])).toEqual([['fix it', false]]);
  expect(wire.sent).toMatchObject([{ type: 'submit', text: 'fix it', notebook_id: 'a.ipynb', attachments }]);
});

test('a request that the kernel took although the page did not hear it is not lost', () => {
  const old = turn('0', { request: 'fix it', notebook_id: 'a.ipynb' });
  const { session, wire } = connected({ session: 's', turns: [old] });
  session.submit(ASK);
  wire.become({ state: 'lost' });
  wire.become({ state: 'connected' });
  wire.say(WELCOME);
  const taken = turn('1', { request: 'fix it', notebook_id: 'a.ipynb', state: 'running' });
  wire.say({ type: 'view', view: { session: 's', turns: [old, taken] } });
  expect(session.pending).toEqual([]);
});

test('a dismissed file is gone at once, and the kernel is told', () => {
  const file = { path: 'a.py', probability: 0.5, why: [], prepared: false };
  const { session, wire } = connected({ prediction: prediction({ files: [file, { ...file, path: 'b.py' }] }) });
  session.dismiss('a.py');
  expect(session.view.prediction?.files.map(each => each.path)).toEqual(['b.py']);
  expect(wire.sent).toEqual([{ type: 'dismiss', path: 'a.py' }]);
});

test('rating a turn asks no second time; rating the session names no turn', () => {
  const { session, wire } = connected({ turns: [turn('1')] });
  session.rate('1', 5, null, 4);
  session.rate('', 3, 3, 3);
  expect(session.turns[0]?.rated).toBe(true);
  expect(wire.sent).toEqual([
    { type: 'rate', turn: '1', fast: 5, smooth: null, anticipated: 4 },
    { type: 'rate', turn: '', fast: 3, smooth: 3, anticipated: 3 }
  ]);
});

test('completions answer the request they belong to; an aborted or refused one is empty', async () => {
  const { session, wire } = connected();
  const items = [{ label: '@a.py', kind: 'file', detail: '' }];
  const abort = new AbortController();
  const first = session.complete('@a', new AbortController().signal);
  const second = session.complete('@ab', abort.signal);
  const message = wire.sent[0];
  abort.abort();
  wire.say({ type: 'completions', request: message?.type === 'complete' ? message.request : '', items });
  expect(await first).toEqual(items);
  expect(await second).toEqual([]);
  wire.become({ state: 'lost' });
  expect(await session.complete('@a', new AbortController().signal)).toEqual([]);
});

test('attachments are kept once each, and go with the next request only', () => {
  const { session } = connected();
  session.attach({ kind: 'cell', name: 'c1', text: 'old' });
  session.attach({ kind: 'error', name: 'c1', text: 'boom' });
  session.attach({ kind: 'cell', name: 'c1', text: 'new' });
  expect(session.takeAttachments()).toEqual([
    { kind: 'error', name: 'c1', text: 'boom' },
    { kind: 'cell', name: 'c1', text: 'new' }
  ]);
  expect(session.takeAttachments()).toEqual([]);
});

test('preparation status moves the stage', () => {
  const { session, wire } = connected();
  wire.say({ type: 'preparation_status', seq: 1, stage: 'SCOPE', message: 'm', loading: [], progress: 0.4 });
  expect(session.view.stage).toEqual({ stage: 'SCOPE', message: 'm', progress: 0.4 });
});

test('after dispose nothing is sent, heard or left waiting', async () => {
  const { session, wire, parts } = connected();
  const waiting = session.complete('@a', new AbortController().signal);
  session.dispose();
  session.dispose();
  expect(await waiting).toEqual([]);
  wire.say({ type: 'view_part', view: { root: '/x' } });
  expect(session.send({ type: 'clear', notebook_id: 'a' })).toBe(false);
  expect([parts, wire.isDisposed]).toEqual([[], true]);
});
