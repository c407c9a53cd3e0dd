import { DrawingOrder } from '../src/drawing';

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
