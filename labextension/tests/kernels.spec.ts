import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import { Kernels } from '../src/kernels';
import { Wire } from './doubles';

/** A connection to a kernel; of those with the same id, the first one alive hears the comms. */
class Connection {
  readonly disposed = new Signal<this, void>(this);
  isDisposed = false;
  status = 'idle';
  readonly handleComms: boolean;

  constructor(
    readonly id: string,
    page: Connection[]
  ) {
    this.handleComms = !page.some(each => each.id === id && each.handleComms && !each.isDisposed);
    page.push(this);
  }

  dispose(): void {
    if (!this.isDisposed) {
      this.isDisposed = true;
      this.disposed.emit(undefined);
    }
  }

  get real(): Kernel.IKernelConnection {
    return this as unknown as Kernel.IKernelConnection;
  }
}

class Notebook {
  readonly disposed = new Signal<this, void>(this);
  isDisposed = false;
  readonly context: { path: string; pathChanged: Signal<object, string> };
  readonly sessionContext: {
    session: object | null;
    ready: Promise<void>;
    isReady: boolean;
    kernelChanged: Signal<object, void>;
    statusChanged: Signal<object, string>;
  };

  constructor(
    path: string,
    readonly kernel: Connection
  ) {
    this.context = { path, pathChanged: new Signal(this) };
    this.sessionContext = {
      session: { kernel },
      ready: Promise.resolve(),
      isReady: true,
      kernelChanged: new Signal(this),
      statusChanged: new Signal(this)
    };
  }

  close(): void {
    this.isDisposed = true;
    this.sessionContext.session = null;
    this.kernel.dispose();
    this.disposed.emit(undefined);
  }
}

class Page {
  readonly connections: Connection[] = [];
  readonly consoles: Connection[] = [];
  readonly notebooks: Notebook[] = [];
  readonly widgetAdded = new Signal<this, NotebookPanel>(this);
  readonly currentChanged = new Signal<this, NotebookPanel | null>(this);
  readonly wires: { kernel: Connection; wire: Wire }[] = [];
  readonly kernels = new Kernels(this as unknown as INotebookTracker, {
    wire: kernel => {
      const wire = new Wire();
      this.wires.push({ kernel: kernel as unknown as Connection, wire });
      return wire;
    },
    hearing: id => {
      const hears = (each: Connection): boolean => each.id === id && each.handleComms && !each.isDisposed;
      return this.consoles.find(hears)?.real ?? null;
    },
    again: ({ id }) => new Connection(id, this.connections).real,
    kernelOf: path => (path === 'again.ipynb' ? 'k' : '')
  });

  get currentWidget(): NotebookPanel | null {
    return (this.notebooks.find(each => !each.isDisposed) ?? null) as unknown as NotebookPanel | null;
  }

  forEach(look: (panel: NotebookPanel) => void): void {
    this.notebooks?.filter(each => !each.isDisposed).forEach(each => look(each as unknown as NotebookPanel));
  }

  open(path: string, kernel = 'k'): Notebook {
    const notebook = new Notebook(path, new Connection(kernel, this.connections));
    this.notebooks.push(notebook);
    this.widgetAdded.emit(notebook as unknown as NotebookPanel);
    return notebook;
  }

  /** Start a console. */
  console(kernel = 'k'): Connection {
    const console = new Connection(kernel, this.connections);
    this.consoles.push(console);
    return console;
  }

  /** The connections that our wires use now. */
  get used(): Connection[] {
    return this.wires.filter(each => !each.wire.isDisposed).map(each => each.kernel);
  }
}

test('notebooks that share a kernel share the session', () => {
  const page = new Page();
  const one = page.open('one.ipynb');
  page.open('two.ipynb');
  page.open('other.ipynb', 'other');
  expect(page.used).toEqual([one.kernel, page.notebooks[2]?.kernel]);
});

test('when the notebook whose connection hears the comms is closed, the others are served by one of ours', () => {
  const page = new Page();
  const one = page.open('one.ipynb');
  const two = page.open('two.ipynb');
  expect(two.kernel.handleComms).toBe(false);
  one.close();
  const [ours] = page.used;
  expect(page.used).toHaveLength(1);
  expect([ours?.handleComms, ours === one.kernel, ours === two.kernel]).toEqual([true, false, false]);
  expect(page.kernels.of(two as unknown as NotebookPanel)?.connected).toBe(true);
  two.close();
  expect([page.used, ours?.isDisposed]).toEqual([[], true]);
});

test('a console that was there first hears the comms for the notebook, and ends without it', () => {
  const page = new Page();
  const console = page.console();
  const notebook = page.open('one.ipynb');
  expect([notebook.kernel.handleComms, page.used]).toEqual([false, [console]]);
  console.dispose();
  const [ours] = page.used;
  expect([page.used.length, ours?.handleComms, ours === notebook.kernel]).toEqual([1, true, false]);
  notebook.close();
  expect([page.used, ours?.isDisposed]).toEqual([[], true]);
});

test('a restart by a notebook is told to the connection that hears the kernel, and the conversation stays', () => {
  const page = new Page();
  const console = page.console();
  const notebook = page.open('one.ipynb');
  const status = (...each: string[]): void => each.forEach(one => notebook.sessionContext.statusChanged.emit(one));
  status('busy', 'idle');
  const session = page.kernels.current;
  status('restarting');
  expect(page.wires[0]?.wire.restarts).toEqual([true]);
  status('starting', 'idle');
  expect([page.wires.length, page.used, page.wires[0]?.wire.restarts]).toEqual([1, [console], [true, false]]);
  expect([page.kernels.current === session, session?.isDisposed]).toEqual([true, false]);
});

test('a notebook that is closed while it restarts the kernel leaves the others one that is met again', () => {
  const page = new Page();
  page.console();
  const one = page.open('one.ipynb');
  page.open('two.ipynb');
  one.sessionContext.statusChanged.emit('restarting');
  one.close();
  expect([page.wires.length, page.wires[0]?.wire.restarts]).toEqual([1, [true, false]]);
});

test.each(['idle', 'restarting', 'dead'])(
  'a restart that failed is told at once, heard through another or not: %s',
  status => {
    const told = [true, false].map(through => {
      const page = new Page();
      if (through) {
        page.console();
      }
      const { kernel, sessionContext } = page.open('one.ipynb');
      sessionContext.statusChanged.emit('restarting');
      kernel.status = status;
      sessionContext.isReady = false;
      sessionContext.statusChanged.emit('restarting');
      sessionContext.kernelChanged.emit(undefined); // JupyterLab does so at the end of each restart
      sessionContext.statusChanged.emit('idle');
      return page.wires.map(each => each.wire.restarts);
    });
    expect(told).toEqual([[[true, true, 'stayed']], [['stayed']]]);
  }
);

test('the end of a restart, another kernel and a notebook that is not ready yet are no failed restart', () => {
  const page = new Page();
  page.console();
  const { sessionContext } = page.open('one.ipynb');
  sessionContext.isReady = false;
  sessionContext.kernelChanged.emit(undefined);
  sessionContext.isReady = true;
  sessionContext.statusChanged.emit('restarting');
  sessionContext.statusChanged.emit('unknown');
  sessionContext.kernelChanged.emit(undefined);
  expect(page.wires.map(each => each.wire.restarts)).toEqual([[true, false]]);
});

test('a restart that our own connection hears is not followed twice', () => {
  const page = new Page();
  const notebook = page.open('one.ipynb');
  ['restarting', 'idle'].forEach(each => notebook.sessionContext.statusChanged.emit(each));
  expect(page.wires.map(each => each.wire.restarts)).toEqual([[]]);
});

test('closing the notebook leaves the console its connection', () => {
  const page = new Page();
  const console = page.console();
  page.open('one.ipynb').close();
  expect([page.used, console.isDisposed]).toEqual([[], false]);
});

test('our connection makes way for a notebook that is opened with the kernel, whose widgets need the comms', async () => {
  const page = new Page();
  const one = page.open('one.ipynb');
  page.open('two.ipynb');
  one.close();
  const [ours] = page.used;
  const added = new Notebook('again.ipynb', one.kernel);
  added.sessionContext.session = null; // it has no kernel yet
  page.notebooks.push(added);
  page.widgetAdded.emit(added as unknown as NotebookPanel);
  expect([ours?.isDisposed, page.used]).toEqual([true, []]);
  await new Promise(resolve => window.setTimeout(resolve, 0));
  expect(page.used.map(each => each.id)).toEqual(['k']); // the other one is served again
});

test('disposing ends every session and the connections of ours', () => {
  const page = new Page();
  const one = page.open('one.ipynb');
  page.open('two.ipynb');
  one.close();
  const [ours] = page.used;
  page.kernels.dispose();
  expect([page.used, ours?.isDisposed]).toEqual([[], true]);
});
