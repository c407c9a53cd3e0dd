import type { ServerConnection } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import { ProjectDrive, drivePath } from '../src/drive';
import type { FileMessage } from '../src/protocol';
import { Session } from '../src/session';
import { Wire } from './doubles';
import { Words } from '../src/words';

const words = new Words(nullTranslator);

/** A kernel that works in a root and gives what it is asked for. */
class Project {
  readonly wire = new Wire();
  readonly session: Session;

  constructor(
    readonly root: string,
    readonly answer: Partial<FileMessage> = {}
  ) {
    this.session = new Session(root, this.wire);
    this.wire.say({ type: 'view', view: { root } });
    const send = this.wire.send.bind(this.wire);
    this.wire.send = message => {
      const sent = send(message);
      if (message.type === 'read_file') {
        const text = `${this.root}: ${message.path}`;
        const { request, path } = message;
        window.setTimeout(() => this.wire.say({ type: 'file', request, path, text, problem: '', ...this.answer }), 0);
      }
      return sent;
    };
  }
}

function driveOf(...projects: Project[]): ProjectDrive {
  return new ProjectDrive({
    sessions: () => projects.map(each => each.session),
    serverSettings: {} as ServerConnection.ISettings,
    words,
    patience: 150
  });
}

/** What the contents manager asks of a drive for a whole path. */
function local(path: string): string {
  return path.slice(path.indexOf(':') + 1);
}

test('a file comes as a text that cannot be written', async () => {
  const drive = driveOf(new Project('/srv/shop'));
  const path = local(drivePath('/srv/shop', 'src/a.py'));
  expect(path).toBe('srv/shop/src/a.py');
  expect(await drive.get(path)).toMatchObject({
    name: 'a.py',
    type: 'file',
    format: 'text',
    writable: false,
    content: '/srv/shop: src/a.py'
  });
  expect(await drive.getDownloadUrl(path)).toBe('data:text/plain;charset=utf-8,%2Fsrv%2Fshop%3A%20src%2Fa.py');
});

test.each([
  ['/srv/shop', 'src/a.py', '/srv/shop: src/a.py'],
  ['/srv/shop/inner', 'a.py', '/srv/shop/inner: a.py'],
  ['C:\\work\\shop', 'a.py', 'C:\\work\\shop: a.py']
])('the kernel that works in %s is asked', async (root, path, text) => {
  const drive = driveOf(new Project('/srv/shop'), new Project('/srv/shop/inner'), new Project('C:\\work\\shop'));
  expect((await drive.get(local(drivePath(root, path)))).content).toBe(text);
});

test('a tab of the page before waits for its kernel', async () => {
  const projects: Project[] = [];
  const drive = new ProjectDrive({
    sessions: () => projects.map(each => each.session),
    serverSettings: {} as ServerConnection.ISettings,
    words,
    patience: 5000
  });
  const reading = drive.get('srv/shop/a.py');
  projects.push(new Project('/srv/shop'));
  expect((await reading).content).toBe('/srv/shop: a.py');
});

test('what the kernel says, and that there is none, is said', async () => {
  const refusing = driveOf(new Project('/srv/shop', { text: '', problem: "'.env' is not read." }));
  await expect(refusing.get('srv/shop/.env')).rejects.toThrow("'.env' is not read.");
  const gone = new Project('/srv/shop');
  gone.wire.become({ state: 'lost' });
  for (const drive of [driveOf(), driveOf(new Project('/srv/shopping')), driveOf(gone)]) {
    await expect(drive.get('srv/shop/a.py')).rejects.toThrow('No running kernel works in the project of srv/shop/a.py');
  }
});

test('whether a file is there is not asked of the kernel', async () => {
  const project = new Project('/srv/shop');
  expect((await driveOf(project).get('srv/shop/a.py', { content: false })).content).toBeNull();
  expect(project.wire.sent).toEqual([]);
});

test.each([{ type: 'directory' as const }, { content: true }])(
  'a folder looks empty, asked for by %j',
  async options => {
    const folder = await driveOf().get('srv/shop', options);
    expect(folder).toMatchObject({ name: 'shop', path: 'srv/shop', type: 'directory', content: [] });
  }
);

test('nothing can be changed', async () => {
  const drive = driveOf(new Project('/srv/shop'));
  const refusals = [drive.save(), drive.rename(), drive.delete(), drive.copy(), drive.newUntitled()];
  const results = await Promise.allSettled([...refusals, drive.createCheckpoint(), drive.restoreCheckpoint()]);
  expect(results.map(each => each.status)).toEqual(Array(7).fill('rejected'));
  expect(await drive.listCheckpoints()).toEqual([]);
});
