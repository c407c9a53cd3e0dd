import { End } from '../src/cards/end';

let resized: () => void;
let frames: (() => void)[];
let now: number;
let box: HTMLElement;
let end: End;

/** Draw frames, each of so many milliseconds. */
function draw(count: number, milliseconds: number): void {
  for (let frame = 0; frame < count; frame++) {
    now += milliseconds;
    frames.splice(0).forEach(each => each());
  }
}

/** The box is scrolled, by whomever, and says so in the next frame. */
function scrollTo(top: number): void {
  box.scrollTop = top;
  box.dispatchEvent(new Event('scroll'));
}

/** Something grows; where the box is then. */
function grow(): number {
  resized();
  return box.scrollTop;
}

beforeEach(() => {
  frames = [];
  now = 1000;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  jest.spyOn(window, 'requestAnimationFrame').mockImplementation(each => frames.push(() => each(now)));
  global.ResizeObserver = class {
    constructor(told: ResizeObserverCallback) {
      resized = () => told([], this);
    }
    observe = jest.fn();
    unobserve = jest.fn();
    disconnect = jest.fn();
  };
  box = document.createElement('div');
  Object.defineProperties(box, { scrollHeight: { value: 9000 }, clientHeight: { value: 600 } });
  end = new End(box, document.createElement('div'));
});

afterEach(() => {
  end.dispose();
  jest.restoreAllMocks();
});

test('what grows is followed, also after the page has scrolled by itself', () => {
  expect(box.scrollTop).toBe(9000);
  scrollTo(4000);
  expect(grow()).toBe(9000);
});

test.each([
  ['a quick page', 1, 16],
  ['a page that is busy for two seconds', 2, 1000]
])('the person scrolls away with a key, on %s', (_, count, milliseconds) => {
  box.dispatchEvent(new Event('keydown'));
  draw(count, milliseconds);
  scrollTo(0);
  expect(grow()).toBe(0);
  end.seek();
  expect(grow()).toBe(9000);
});

test('a key that scrolls on for long, frame by frame, leads to where it ends', () => {
  box.dispatchEvent(new Event('keydown'));
  for (const top of [8000, 4000, 2000, 0, 3000, 7000, 8400]) {
    draw(3, 400);
    scrollTo(top);
  }
  expect(grow()).toBe(9000);
});

test('what is written on at the end after a key does not count as the person scrolling', () => {
  box.dispatchEvent(new Event('keydown'));
  for (let piece = 0; piece < 30; piece++) {
    draw(3, 16);
    scrollTo(9000);
  }
  scrollTo(4000);
  expect(grow()).toBe(9000);
});

test('Home and End lead there at once, and not where they are typed into a field', () => {
  const press = (node: Element, key: string): boolean =>
    node.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  expect(press(box, 'Home')).toBe(false);
  expect(grow()).toBe(0);
  expect(press(box, 'End')).toBe(false);
  expect(grow()).toBe(9000);
  const field = box.appendChild(document.createElement('input'));
  expect(press(field, 'Home')).toBe(true);
  expect(box.scrollTop).toBe(9000);
});

test('long after a key, the page scrolls by itself again', () => {
  box.dispatchEvent(new Event('keydown'));
  draw(40, 16);
  scrollTo(4000);
  expect(grow()).toBe(9000);
  expect(frames).toEqual([]);
});
