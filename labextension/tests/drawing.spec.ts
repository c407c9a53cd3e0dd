import { DrawingOrder, Redrawing } from '../src/drawing';

/** Turns that come when the test says so. */
function turns(): { order: DrawingOrder; next: () => Promise<void>; due: () => number } {
  const waiting: (() => void)[] = [];
  return {
    order: new DrawingOrder(next => waiting.push(next)),
    next: async () => {
      waiting.shift()?.();
      await new Promise(resolve => setTimeout(resolve, 0));
    },
    due: () => waiting.length
  };
}

test('one piece is drawn at each turn, in order, without what was taken out', async () => {
  const { order, next, due } = turns();
  const drawn: string[] = [];
  const draw = (name: string) => () => Promise.resolve(drawn.push(name));
  order.add(draw('a'));
  const takeOut = order.add(draw('b'));
  order.add(draw('c'));
  takeOut();
  expect([drawn, due()]).toEqual([[], 1]);
  await next();
  expect([drawn, due()]).toEqual([['a'], 1]);
  await next();
  expect([drawn, due()]).toEqual([['a', 'c'], 0]);
});

test('a piece that fails takes nothing from the others, and what is taken out last leaves nothing to wait for', async () => {
  const { order, next, due } = turns();
  const drawn: string[] = [];
  const said = jest.spyOn(console, 'warn').mockReturnValue();
  order.add(() => Promise.reject(new Error('no')));
  order.add(() => Promise.resolve(drawn.push('b')));
  await next();
  await next();
  order.add(() => Promise.resolve(drawn.push('c')))();
  await next();
  expect([drawn, due(), said.mock.calls]).toEqual([['b'], 0, [[new Error('no')]]]);
});

test('what is drawn anew while it is being drawn is drawn last, however long each takes, and what came between is not', async () => {
  const redrawing = new Redrawing();
  const drawn: string[] = [];
  const ends: (() => void)[] = [];
  const slow = (name: string) => async () => {
    await new Promise<void>(resolve => ends.push(resolve));
    drawn.push(name);
  };
  const first = redrawing.draw(slow('first'));
  await new Promise(resolve => setTimeout(resolve, 0));
  const between = redrawing.draw(slow('between'));
  const last = redrawing.draw(() => Promise.resolve(drawn.push('last')));
  await new Promise(resolve => setTimeout(resolve, 0));
  expect([drawn, ends.length]).toEqual([[], 1]);
  ends[0]?.();
  await Promise.all([first, between, last]);
  expect([drawn, ends.length]).toEqual([['first', 'last'], 1]);
});

test('a drawing that fails is followed by the next', async () => {
  const said = jest.spyOn(console, 'warn').mockReturnValue();
  const redrawing = new Redrawing();
  await redrawing.draw(() => Promise.reject(new Error('no')));
  const drawn = jest.fn(() => Promise.resolve());
  await redrawing.draw(drawn);
  expect([said.mock.calls.length, drawn.mock.calls.length]).toEqual([1, 1]);
  said.mockRestore();
});
