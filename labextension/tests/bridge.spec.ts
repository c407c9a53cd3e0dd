import type { Kernel } from '@jupyterlab/services';
import { readFileSync } from 'fs';
import { join } from 'path';
import { Bridge, LOAD_EXPRESSION, outcomeOf } from '../src/bridge';
import type { Connection } from '../src/wire';
import { FakeKernel } from './fakekernel';

const contract = (name: string): unknown =>
  JSON.parse(readFileSync(join(__dirname, '..', '..', 'tests', 'contract', `${name}.json`), 'utf8'));

const said = (text: string): unknown => ({ status: 'ok', data: { 'text/plain': text } });
/** A kernel that loads the extension, which announces itself. */
const loads = (kernel: FakeKernel): unknown => {
  kernel.target?.();
  return said("'loaded'");
};

function bridge(kernel: FakeKernel, autoload = true): { it: Bridge; states: string[] } {
  const it = new Bridge({
    kernel: kernel as unknown as Kernel.IKernelConnection,
    autoload: () => autoload,
    client: 'jupyterlab',
    version: '9'
  });
  const states: string[] = [it.connection.state];
  it.connectionChanged.connect((_, { state }: Connection) => states.push(state));
  return { it, states };
}

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn++) {
    await new Promise(resolve => setTimeout(resolve, 10));
  }
};

test('autoload opens one comm of its own, on a subshell of its own, and greets with the opening', async () => {
  const kernel = new FakeKernel('python', loads);
  const { it, states } = bridge(kernel);
  await settle();
  expect(kernel.executed).toEqual([
    {
      code: '',
      silent: true,
      store_history: false,
      stop_on_error: false,
      allow_stdin: false,
      user_expressions: { codemaestro: LOAD_EXPRESSION }
    }
  ]);
  expect(kernel.comms.map(comm => [comm.modes, comm.opened])).toEqual([
    [
      ['disabled', 'perComm'],
      { data: { type: 'hello', protocol: 1, client: 'jupyterlab', version: '9' }, subshell: 'sub' }
    ]
  ]);
  expect(it.send({ type: 'clear', notebook_id: '' })).toBe(false); // nobody has answered yet
  kernel.comms[0]?.say(contract('welcome'));
  expect(it.send({ type: 'clear', notebook_id: '' })).toBe(true);
  expect(kernel.comms[0]?.sent).toEqual([{ type: 'clear', notebook_id: '' }]);
  expect(states).toEqual(['starting', 'connected']);
});

test('a page that is loaded again opens a comm although nothing announces itself', async () => {
  const kernel = new FakeKernel('python', () => said("'loaded'"));
  bridge(kernel);
  await settle();
  expect(kernel.comms).toHaveLength(1);
});

test('without autoload no code runs; it connects where somebody has loaded it', async () => {
  const quiet = new FakeKernel('python', loads);
  const { it, states } = bridge(quiet, false);
  await settle();
  expect([quiet.executed, quiet.comms, states[states.length - 1]]).toEqual([[], [], 'unloaded']);
  await it.load();
  await settle();
  expect(quiet.comms).toHaveLength(1);

  const loaded = new FakeKernel('python', loads);
  loaded.commInfo = { c: { target_name: 'codemaestro' } };
  bridge(loaded, false);
  await settle();
  expect([loaded.executed, loaded.comms.length]).toEqual([[], 1]);
});

test.each([
  ['python', said("'absent'"), 'absent'],
  ['python', { status: 'error', ename: 'NameError', evalue: 'get_ipython' }, 'absent'],
  ['python', { status: 'error', ename: 'ImportError', evalue: 'numpy' }, 'failed'],
  ['julia', null, 'foreign']
])('a %s kernel that answers %j is %s', async (language, answer, expected) => {
  const kernel = new FakeKernel(language, () => answer);
  const { it } = bridge(kernel);
  await settle();
  expect([it.connection.state, kernel.comms.length]).toEqual([expected, 0]);
  if (language !== 'python') {
    expect(kernel.executed).toEqual([]);
  }
});

test('what the evaluated expression says', () => {
  expect(outcomeOf(said("'loaded'"))).toBe('loaded');
  expect(outcomeOf(undefined)).toEqual({ state: 'absent' });
  expect(outcomeOf({ status: 'error', ename: 'E', evalue: 'v' })).toMatchObject({ state: 'failed', message: 'E: v' });
});

test('a reload of the extension is answered by a new comm', async () => {
  const kernel = new FakeKernel('python', loads);
  const { states } = bridge(kernel);
  await settle();
  kernel.comms[0]?.say(contract('welcome'));
  kernel.target?.();
  await settle();
  kernel.comms[1]?.say(contract('welcome'));
  expect(kernel.comms.map(comm => comm.closed)).toEqual([true, false]);
  expect(states[states.length - 1]).toBe('connected');
});

test('after a restart it loads again; what the old kernel said late is not heard', async () => {
  const kernel = new FakeKernel('python', loads);
  const { it, states } = bridge(kernel);
  await settle();
  const old = kernel.comms[0];
  old?.say(contract('welcome'));
  kernel.statusChanged.emit('restarting');
  expect(it.connection.state).toBe('starting');
  kernel.statusChanged.emit('starting');
  kernel.statusChanged.emit('idle');
  await settle();
  const heard: unknown[] = [];
  it.received.connect((_, message) => heard.push(message));
  old?.say(contract('view'));
  expect([kernel.executed.length, kernel.comms.length, heard]).toEqual([2, 2, []]);
  kernel.comms[1]?.say(contract('welcome'));
  expect(states[states.length - 1]).toBe('connected');
});

test('when another connection of the page restarts the kernel, it waits for that, not for the old process', async () => {
  const kernel = new FakeKernel('python', loads);
  const { it, states } = bridge(kernel);
  await settle();
  kernel.comms[0]?.say(contract('welcome'));
  kernel.tells('a', 'idle');
  it.restarting(true);
  expect(kernel.comms[0]?.isDisposed).toBe(true);
  kernel.comms[0]?.end({ ending: true });
  kernel.statusChanged.emit('busy');
  kernel.statusChanged.emit('idle');
  kernel.tells('a', 'busy', 'idle');
  it.restarting(false); // the other connection heard the old process
  await settle();
  expect([states, kernel.executed.length]).toEqual([['starting', 'connected', 'starting'], 1]);
  kernel.tells('b', 'starting', 'idle');
  it.restarting(false);
  await settle();
  kernel.comms[1]?.say(contract('welcome'));
  expect([it.connection.state, kernel.executed.length, kernel.comms.length]).toEqual(['connected', 2, 2]);
});

test('a restart by another connection that came to nothing is not waited for without end', async () => {
  const kernel = new FakeKernel('python', loads);
  const { it } = bridge(kernel);
  await settle();
  kernel.tells('a', 'idle');
  const later = jest.spyOn(window, 'setTimeout');
  it.restarting(true);
  it.restarting(false);
  const [wait, time] = later.mock.calls[0] as [() => void, number];
  later.mockRestore();
  expect(time).toBe(15_000);
  wait();
  wait();
  await settle();
  expect(kernel.executed).toHaveLength(2);
});

test.each([true, false])(
  'when a restart of ours (%s) failed, the process that is still there is met at once',
  async ours => {
    const kernel = new FakeKernel('python', loads);
    const { it, states } = bridge(kernel);
    await settle();
    kernel.comms[0]?.say(contract('welcome'));
    (ours ? () => kernel.statusChanged.emit('restarting') : () => it.restarting(true))();
    it.stayed();
    await settle();
    kernel.comms[1]?.say(contract('welcome'));
    const changes = states.filter((state, index) => state !== states[index - 1]);
    expect([changes, kernel.executed.length, it.connection]).toEqual([
      ['starting', 'connected', 'starting', 'connected'],
      1,
      { state: 'connected', stayed: true }
    ]);
  }
);

test('after a failed restart of our own the kernel is connected anew, since what it is asked is kept until then', async () => {
  const kernel = new FakeKernel('python', loads);
  const { it } = bridge(kernel);
  await settle();
  kernel.comms[0]?.say(contract('welcome'));
  kernel.statusChanged.emit('restarting');
  kernel.statusChanged.emit('idle'); // the old process, which had something to end
  it.stayed();
  expect(kernel.reconnected).toBe(1);
  await settle();
  kernel.comms.at(-1)?.say(contract('welcome'));
  expect(it.connection).toEqual({ state: 'connected', stayed: true });
  kernel.statusChanged.emit('restarting'); // this time it succeeds
  kernel.statusChanged.emit('idle');
  await settle();
  kernel.comms.at(-1)?.say(contract('welcome'));
  expect([kernel.reconnected, it.connection]).toEqual([1, { state: 'connected' }]);
});

test('an old process that still runs a cell is met by a comm alone; one that does not know us is asked to load', async () => {
  const kernel = new FakeKernel('python', loads);
  const { it } = bridge(kernel);
  await settle();
  kernel.comms[0]?.say(contract('welcome'));
  jest.spyOn(kernel, 'requestExecute').mockReturnValue({ done: new Promise(() => undefined) });
  jest.spyOn(kernel, 'info', 'get').mockReturnValue(new Promise(() => undefined));
  kernel.statusChanged.emit('restarting');
  kernel.kept = 3000;
  it.stayed();
  await new Promise(resolve => setTimeout(resolve, 3000));
  await settle();
  expect(kernel.comms[1]?.opened).toEqual(expect.objectContaining({ subshell: 'sub' }));
  kernel.comms[1]?.say(contract('welcome'));
  expect(it.connection).toEqual({ state: 'connected', stayed: true });
  jest.restoreAllMocks();
  kernel.kept = 0;
  kernel.statusChanged.emit('restarting');
  it.stayed();
  await settle();
  kernel.comms[2]?.end();
  await settle();
  kernel.comms[3]?.say(contract('welcome'));
  expect([kernel.executed.length, it.connection]).toEqual([2, { state: 'connected', stayed: true }]);
});

test('an announcement while connected is followed, and what was asked before counts as lost', async () => {
  const kernel = new FakeKernel('python', loads);
  const { it, states } = bridge(kernel);
  await settle();
  kernel.comms[0]?.say(contract('welcome'));
  kernel.target?.();
  await settle();
  expect([it.send({ type: 'clear', notebook_id: '' }), it.connection.state]).toEqual([false, 'starting']);
  kernel.comms[1]?.say(contract('welcome'));
  expect(states).toEqual(['starting', 'connected', 'starting', 'connected']);
});

test('a restart of a dead kernel leaves it lost', async () => {
  const kernel = new FakeKernel('python', loads);
  const { it, states } = bridge(kernel);
  kernel.status = 'dead';
  kernel.statusChanged.emit('dead');
  it.restarting(true);
  it.stayed();
  await settle();
  expect(states).toEqual(['starting', 'lost', 'starting', 'lost']);
});

test('what the old process never answers does not keep the new one from being asked', async () => {
  const kernel = new FakeKernel('python', loads);
  const never = { done: new Promise(() => undefined) };
  const asked = jest.spyOn(kernel, 'requestExecute').mockReturnValueOnce(never);
  const { it } = bridge(kernel);
  await settle();
  expect(it.connection.state).toBe('starting');
  kernel.tells('a', 'idle');
  kernel.tells('b', 'starting');
  await settle();
  kernel.comms[0]?.say(contract('welcome'));
  expect([asked.mock.calls.length, it.connection.state]).toEqual([2, 'connected']);
});

test('when somebody else restarts the kernel, the new process is known by its session id and met anew', async () => {
  const kernel = new FakeKernel('python', loads);
  const { it, states } = bridge(kernel);
  kernel.tells('a', 'busy', 'idle');
  await settle();
  kernel.comms[0]?.say(contract('welcome'));
  kernel.tells('the server', 'dead', 'restarting');
  kernel.tells('a', 'busy');
  kernel.comms[0]?.end({ ending: true });
  expect(states).toEqual(['starting', 'connected', 'lost']);
  kernel.tells('b', 'starting', 'idle');
  await settle();
  expect([it.connection.state, kernel.executed.length, kernel.comms.length]).toEqual(['starting', 2, 2]);
  kernel.comms[1]?.say(contract('welcome'));
  kernel.tells('b', 'idle');
  expect([it.connection.state, kernel.comms.length]).toEqual(['connected', 2]);
});

test('a restart of our own is followed once, although the new process has another session id', async () => {
  const kernel = new FakeKernel('python', loads);
  bridge(kernel);
  kernel.tells('a', 'idle');
  await settle();
  kernel.statusChanged.emit('restarting');
  kernel.tells('b', 'starting');
  kernel.statusChanged.emit('starting');
  kernel.tells('b', 'busy', 'idle');
  await settle();
  expect(kernel.executed).toHaveLength(2);
});

test('when the connection was cut it asks for the whole picture again', async () => {
  const kernel = new FakeKernel('python', loads);
  const { it } = bridge(kernel);
  await settle();
  kernel.comms[0]?.say(contract('welcome'));
  kernel.connectionStatusChanged.emit('connecting');
  expect(it.connection.state).toBe('lost');
  kernel.connectionStatusChanged.emit('connected');
  await settle();
  expect(kernel.comms).toHaveLength(2);
});

test('a kernel without subshells is served without one', async () => {
  const kernel = new FakeKernel('python', loads);
  kernel.supportsSubshells = false;
  bridge(kernel);
  await settle();
  expect(kernel.comms.map(comm => comm.opened)).toEqual([expect.objectContaining({ subshell: null })]);
});

test('messages that are not understood are left out, and an error instead of a welcome is shown', async () => {
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  const kernel = new FakeKernel('python', loads);
  const { it } = bridge(kernel);
  const heard: unknown[] = [];
  it.received.connect((_, message) => heard.push(message));
  await settle();
  kernel.comms[0]?.say({ type: 'nonsense' });
  kernel.comms[0]?.say({ ...(contract('welcome') as object), protocol: 2 });
  kernel.comms[0]?.say(contract('error'));
  expect(heard).toEqual([contract('error')]);
  expect(it.connection).toMatchObject({ state: 'failed' });
  expect(warn).toHaveBeenCalledTimes(1);
});

test('when the extension is unloaded the panel says so', async () => {
  const kernel = new FakeKernel('python', loads);
  const { it } = bridge(kernel);
  await settle();
  kernel.comms[0]?.say(contract('welcome'));
  kernel.comms[0]?.end();
  expect([it.connection.state, it.send({ type: 'clear', notebook_id: '' })]).toEqual(['unloaded', false]);
});

test('dispose takes everything back', async () => {
  const kernel = new FakeKernel('python', loads);
  const { it } = bridge(kernel);
  await settle();
  it.dispose();
  it.dispose();
  kernel.statusChanged.emit('restarting');
  kernel.statusChanged.emit('idle');
  await settle();
  expect([kernel.target, kernel.comms.map(comm => comm.closed), kernel.executed.length]).toEqual([null, [true], 1]);
});
