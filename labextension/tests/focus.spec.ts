import { keepFocus } from '../src/focus';

let panel: HTMLElement;
let outside: HTMLButtonElement;
let chat: HTMLButtonElement;
let lost: number;

function button(parent: HTMLElement): HTMLButtonElement {
  return parent.appendChild(document.createElement('button'));
}

const frame = (): Promise<void> => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)));

beforeEach(() => {
  document.body.replaceChildren();
  panel = document.body.appendChild(document.createElement('div'));
  outside = button(document.body);
  chat = button(panel);
  lost = 0;
  keepFocus(panel, () => {
    lost += 1;
    chat.focus();
  });
});

test.each([
  ['taken away', (each: HTMLButtonElement): void => each.remove()],
  ['taken away with its card', (each: HTMLButtonElement): void => each.parentElement?.remove()],
  ['switched off', (each: HTMLButtonElement): void => void (each.disabled = true)]
])('what had the focus and is %s is missed once', async (_, away) => {
  const pressed = button(panel.appendChild(document.createElement('div')));
  pressed.focus();
  away(pressed);
  await frame();
  panel.append('more');
  await frame();
  expect([lost, document.activeElement]).toEqual([1, chat]);
});

test('nobody who went elsewhere is called back', async () => {
  const pressed = button(panel);
  pressed.focus();
  outside.focus();
  await frame();
  pressed.remove();
  await frame();
  const other = button(panel);
  other.focus();
  other.blur();
  await frame();
  other.remove();
  await frame();
  expect(lost).toBe(0);
});

test('a card that gives the focus a place itself is not disturbed', async () => {
  const [pressed, next] = [button(panel), button(panel)];
  pressed.focus();
  pressed.remove();
  next.focus();
  await frame();
  expect([lost, document.activeElement]).toEqual([0, next]);
});
