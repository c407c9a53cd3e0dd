import { nullTranslator } from '@jupyterlab/translation';
import { RenderMimeRegistry } from '@jupyterlab/rendermime';
import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { Announcer } from '../src/cards/announcer';
import { Frame } from '../src/cards/frame';
import type { IActions } from '../src/cards/frame';
import type { FileView, SessionView } from '../src/protocol';
import { Session } from '../src/session';
import { Words } from '../src/words';
import { Wire, prediction, turn } from './doubles';

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });

const frame = {
  words: new Words(nullTranslator),
  trans: nullTranslator.load('codemaestro'),
  actions: {} as IActions,
  rendermime: new RenderMimeRegistry()
};

/** What a screen reader hears while the session becomes each of these, one after the other. */
function heard(...views: SessionView[]): string[] {
  jest.useFakeTimers();
  const wire = new Wire();
  const session = new Session('k', wire);
  wire.say({ type: 'view', view: {} });
  const host = document.body.appendChild(document.createElement('div'));
  const root = createRoot(host);
  act(() =>
    root.render(
      <Frame.Provider value={frame}>
        <Announcer session={session} notebookId={() => 'a.ipynb'} />
      </Frame.Provider>
    )
  );
  const said: string[] = [];
  let node = host.querySelector('[role=status] span');
  for (const view of views) {
    act(() => wire.say({ type: 'view_part', view }));
    act(() => {
      jest.advanceTimersByTime(1500);
    });
    const next = host.querySelector('[role=status] span');
    if (next !== node) {
      said.push(next?.textContent ?? '');
      node = next;
    }
  }
  act(() => root.unmount());
  host.remove();
  jest.useRealTimers();
  return said;
}

const file = (path: string): FileView => ({ path, probability: 0.7, why: [], prepared: false });
const files = [file('a.py')];
const loading = { stage: 'INTENT', message: 'Loading relevant files…', progress: 0.2 } as const;
const ready = { stage: 'READY', message: 'Ready for your input', progress: 1 } as const;

test('each thing is said once, and what stays as it is is not said again', () => {
  expect(
    heard(
      { prediction: prediction({ seq: 1, files }), stage: loading },
      { stage: { ...loading, progress: 0.6 } },
      { stage: ready },
      { turns: [turn('1', { request: 'one' })] },
      { prediction: prediction({ seq: 2, files: [file('b.py')] }), stage: ready },
      { turns: [turn('2', { request: 'one' })] }
    )
  ).toEqual([
    'Loading relevant files… Likely files: a.py.',
    'Ready for your input',
    'The answer to “one” is there.',
    'Ready for your input Likely files: b.py.',
    'The answer to “one” is there.'
  ]);
});

test('that the project is being read is said once, not for every file', () => {
  const index = (done: number): SessionView => ({ index: { state: 'indexing', done, total: 9 } });
  expect(heard(index(1), index(2), index(8))).toEqual(['Reading the project.']);
});
