import type { JupyterFrontEnd } from '@jupyterlab/application';
import { hearing } from '../src/hearing';

const deaf = { id: 'k', handleComms: false, isDisposed: false };
const hears = { id: 'k', handleComms: true, isDisposed: false };
const gone = { id: 'k', handleComms: true, isDisposed: true };
const other = { id: 'other', handleComms: true, isDisposed: false };

function using(kernel: object): object {
  return { sessionContext: { session: { kernel } } };
}

function shell(areas: Record<string, object[]>): JupyterFrontEnd.IShell {
  return {
    widgets: (area: string) => {
      const found = areas[area];
      if (found === undefined) {
        throw new Error(`Invalid area: ${area}`);
      }
      return found;
    }
  } as unknown as JupyterFrontEnd.IShell;
}

test('of all that talks to the kernel, the one that hears its comms is found, wherever it stands', () => {
  const starting = { sessionContext: { session: null } };
  const main = [{}, { sessionContext: null }, starting, using(other), using(gone), using(deaf)];
  expect(hearing(shell({ main, left: [], right: [], down: [using(hears)] }), 'k')).toBe(hears);
  expect(hearing(shell({ main, left: [] }), 'k')).toBeNull();
});
