import { LIVE, drawnType } from '../src/livewidget';
import { Session } from '../src/session';
import { Wire } from './doubles';

const WIDGET = 'application/vnd.jupyter.widget-view+json';

function session(name: string): { session: Session; wire: Wire } {
  const wire = new Wire();
  const made = new Session('k', wire);
  wire.say({ type: 'view', view: { session: name, turns: [] } });
  return { session: made, wire };
}

test('a widget is drawn while the kernel session that made it is there, and its text after that if it is worth it', () => {
  const { session: current, wire } = session('s1');
  const data = { session: 's1', keep: true };
  expect(drawnType(data, current)).toBe(WIDGET);
  expect(drawnType({ ...data, session: 's0' }, current)).toBe('text/markdown');
  expect(drawnType({ session: 's0', keep: false }, current)).toBeNull();
  expect(drawnType(data, null)).toBe('text/markdown');
  wire.become({ state: 'lost' });
  expect(drawnType(data, current)).toBe('text/markdown');
});

test('what is no data of ours draws nothing', () => {
  const { session: current } = session('');
  for (const data of [undefined, null, 'text', {}, { session: '' }, { session: 7, keep: 'yes' }]) {
    expect(drawnType(data, current)).toBeNull();
  }
  expect(LIVE).toMatch(/[+]json$/);
});
