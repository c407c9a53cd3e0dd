import type { SessionView } from '../src/protocol';
import { Session, merge } from '../src/session';
import { Wire, prediction, turn } from './doubles';

function connected(view: SessionView = {}): { session: Session; wire: Wire; parts: string[][] } {
  const wire = new Wire();
  const session = new Session('k', wire);
  const parts: string[][] = [];
  session.changed.connect((_, changed) => parts.push([...changed].sort()));
  wire.say({ type: 'view', view });
  parts.length = 0;
  return { session, wire, parts };
}

const ASK = { text: 'fix it', source: 'chat' as const, notebookId: 'a.ipynb' };

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

test('the whole picture replaces the old one', () => {
  const { session, wire } = connected({ session: 's', model: 'm', turns: [turn('1')] });
  wire.say({ type: 'view', view: { session: 's', turns: [] } });
  expect(session.view).toEqual({ session: 's', turns: [] });
});

test('after a restart the conversation stays; what was running then was stopped', () => {
  const { session, wire } = connected({ session: 's1', turns: [turn('1'), turn('2', { state: 'running' })] });
  wire.say({ type: 'view', view: { session: 's2', turns: [turn('1', { rated: true }), turn('3')] } });
  expect(session.turns).toEqual([turn('2', { state: 'cancelled' }), turn('1', { rated: true }), turn('3')]);
  session.clear();
  wire.say({ type: 'view', view: { session: 's3', turns: [] } });
  expect(session.turns).toEqual([]);
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
  expect(session.pending).toEqual([{ request, text: 'fix it', turn: '' }]);
  wire.say({ type: 'submitted', request, turn: 't1' });
  expect(session.pending).toHaveLength(1);
  wire.say({ type: 'view_part', view: { turns: [turn('t1', { state: 'running' })] } });
  expect(session.pending).toEqual([]);
  expect(session.running?.id).toBe('t1');

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
  expect(session.pending).toEqual([]);
  expect(parts).toEqual([['connection', 'pending']]);
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
  expect(session.send({ type: 'clear' })).toBe(false);
  expect([parts, wire.isDisposed]).toEqual([[], true]);
});
