import { Coalescer, isRequestCell, nextSeq } from '../src/typing';
import { Clock } from './doubles';

const PACE = { debounce: 60, maxWait: 150, leading: true };

function coalescer(
  clock: Clock,
  pace = PACE
): { push: (text: string) => void; sent: [number, string][]; it: Coalescer<string> } {
  const sent: [number, string][] = [];
  const it = new Coalescer<string>(
    text => sent.push([clock.now() - 1000, text]),
    () => pace,
    clock
  );
  return { push: text => it.push(text), sent, it };
}

test('at 60 words a minute each key goes out at once', () => {
  const clock = new Clock();
  const { push, sent } = coalescer(clock);
  for (const text of ['f', 'fi', 'fix']) {
    push(text);
    clock.pass(200);
  }
  expect(sent).toEqual([
    [0, 'f'],
    [200, 'fi'],
    [400, 'fix']
  ]);
  expect(clock.waiting).toBe(0);
});

test('fast typing goes out at least every maximum wait, and the last text always does', () => {
  const clock = new Clock();
  const { push, sent } = coalescer(clock);
  for (let length = 1; length <= 20; length++) {
    push('x'.repeat(length));
    clock.pass(20);
  }
  clock.pass(1000);
  expect(sent).toEqual([
    [0, 'x'],
    [170, 'x'.repeat(9)],
    [330, 'x'.repeat(17)],
    [440, 'x'.repeat(20)]
  ]);
});

test('whatever the rhythm: in order, never late, and the newest is never lost', () => {
  let seed = 7;
  const random = (): number => (seed = (seed * 16807) % 2147483647) / 2147483647;
  for (let round = 0; round < 200; round++) {
    const clock = new Clock();
    const { push, sent } = coalescer(clock);
    const typed: number[] = [];
    for (let number = 0; number < 40; number++) {
      typed.push(clock.now() - 1000);
      push(String(number));
      clock.pass(Math.floor(random() * 120));
    }
    clock.pass(200);
    const numbers = sent.map(([, text]) => Number(text));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers[numbers.length - 1]).toBe(39);
    typed.forEach((when, number) => {
      const seen = sent.find(([, text]) => Number(text) >= number);
      expect((seen?.[0] ?? Infinity) - when).toBeLessThanOrEqual(PACE.maxWait);
    });
  }
});

test('without a leading edge nothing goes out before it is still', () => {
  const clock = new Clock();
  const { push, sent } = coalescer(clock, { debounce: 1000, maxWait: Infinity, leading: false });
  push('a');
  clock.pass(900);
  push('b');
  clock.pass(999);
  expect(sent).toEqual([]);
  clock.pass(1);
  expect(sent).toEqual([[1900, 'b']]);
});

test('what was dropped or disposed of is never delivered', () => {
  const clock = new Clock();
  const { push, sent, it } = coalescer(clock);
  push('a');
  push('b');
  it.drop();
  clock.pass(500);
  it.dispose();
  push('c');
  clock.pass(500);
  expect(sent).toEqual([[0, 'a']]);
});

test('numbers grow with every event, also after the page was loaded again', () => {
  const clock = new Clock();
  const first = nextSeq(clock);
  expect(nextSeq(clock)).toBe(first + 1);
  clock.pass(10_000_000_000_000);
  expect(nextSeq(clock)).toBe(clock.now());
});

test.each([
  ['%%maestro', true],
  ['  %%maestro --fresh\nfix it', true],
  ['%%maestros', false],
  ['# %%maestro', false],
  ['import maestro', false]
])('%j is a request: %s', (text, expected) => {
  expect(isRequestCell(text)).toBe(expected);
});
