import { Signal } from '@lumino/signaling';
import { DRIVE } from '../src/drive';
import { TextFiles } from '../src/textfiles';
import type { ChangeView } from '../src/protocol';
import type { Session, SessionPart } from '../src/session';
import { change } from './doubles';

/** An open document: what stands in it, on disk, and where its cursor is. */
class Doc {
  isReady = true;
  contentsModel: { type: string };
  model: { dirty: boolean; collaborative: boolean; toString: () => string };
  cursor = { line: 1, column: 2 };
  content = {
    editor: {
      lineCount: 9,
      getCursorPosition: () => this.cursor,
      setCursorPosition: (place: { line: number; column: number }) => (this.cursor = place)
    }
  };

  constructor(
    readonly path: string,
    public text: string,
    dirty = false,
    type = 'file'
  ) {
    this.contentsModel = { type };
    this.model = { dirty, collaborative: false, toString: () => this.text };
  }

  revert = (): Promise<void> => {
    this.text = disk[this.path] ?? '';
    this.cursor = { line: 0, column: 0 };
    return Promise.resolve();
  };
}

let disk: Record<string, string> = {};
let docs: Doc[] = [];

function textFiles(): TextFiles {
  const contents = {
    get: (path: string) =>
      path in disk ? Promise.resolve({ content: disk[path] }) : Promise.reject(new Error('no such file')),
    driveName: (path: string) => (path.includes(':') ? path.split(':')[0] : ''),
    localPath: (path: string) => path
  };
  const shell = {
    widgets: (area: string) => {
      if (area === 'down') {
        throw new Error(`Invalid area: ${area}`); // as JupyterLab before 4.6 says
      }
      return area === 'main' ? docs : [];
    }
  };
  const documents = { contextForWidget: (doc: Doc) => doc, services: { contents } };
  const files = { locate: (_root: string | undefined, path: string) => `shop/${path}` };
  return new TextFiles(shell as never, documents as never, files);
}

/** A session that says that its changes are now these. */
class Talk {
  view: { root: string; changes: ChangeView[] } = { root: '/shop', changes: [] };
  readonly changed = new Signal<this, ReadonlySet<SessionPart>>(this);

  async say(...changes: ChangeView[]): Promise<void> {
    this.view.changes = changes;
    this.changed.emit(new Set<SessionPart>(['changes']));
    await new Promise(resolve => setTimeout(resolve));
  }
}

beforeEach(() => {
  disk = {};
  docs = [];
});

test('what is not saved is named, without notebooks and what is only looked at', () => {
  docs = [
    new Doc('shop/a.py', 'x', true),
    new Doc('shop/b.py', 'x'),
    new Doc('shop/n.ipynb', 'x', true, 'notebook'),
    new Doc(`${DRIVE}:shop/c.py`, 'x', true),
    Object.assign(new Doc('shop/d.py', 'x', true), { isReady: false })
  ];
  expect(textFiles().unsaved()).toEqual(['shop/a.py']);
});

test('what a change wrote is read again where the person did not type, with the cursor where it was', async () => {
  const [clean, typed, other] = (docs = [
    new Doc('shop/a.py', 'old'),
    new Doc('shop/b.py', 'mine', true),
    new Doc('shop/c.py', 'old')
  ]) as [Doc, Doc, Doc];
  disk = { 'shop/a.py': 'new', 'shop/b.py': 'new', 'shop/c.py': 'new' };
  const talk = new Talk();
  const added = new Signal<object, Session>({});
  textFiles().follow({ added, sessions: [talk] } as never);
  const files = ['a.py', 'b.py', 'gone.py'].map(path => ({
    path,
    old_path: '',
    kind: 'changed' as const,
    live: false,
    blocked: '',
    hunks: []
  }));
  await talk.say(change({ files }));
  expect(clean.text).toBe('old');
  await talk.say(change({ files, state: 'applied', transaction: '1' }));
  expect([clean.text, clean.cursor, typed.text, other.text]).toEqual(['new', { line: 1, column: 2 }, 'mine', 'old']);
  disk['shop/a.py'] = 'old';
  await talk.say(change({ files, state: 'applied', transaction: '1', message: 'said' }));
  expect(clean.text).toBe('new');
  await talk.say(change({ files, state: 'undone', transaction: '1' }));
  expect(clean.text).toBe('old');
});

test('a session that comes later is followed, and a file that is gone stays as it was seen', async () => {
  const doc = new Doc('shop/a.py', 'old');
  docs = [doc];
  const talk = new Talk();
  const added = new Signal<object, Session>({});
  textFiles().follow({ added, sessions: [] } as never);
  added.emit(talk as never);
  await talk.say(change({ state: 'applied', transaction: '1' }));
  expect(doc.text).toBe('old');
  disk['shop/a.py'] = 'new';
  await talk.say(change({ state: 'undone', transaction: '1' }));
  expect(doc.text).toBe('new');
});
