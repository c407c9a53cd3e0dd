import { partsOf } from '../src/answerparts';
import type { IPart } from '../src/answerparts';

const PARAGRAPH = `${'Some words that go on. '.repeat(70)}\n\n`;
const CODE = `~~~~python\n${'x = 1\n\n# ```\n'.repeat(200)}~~~~\n\n`;
const FORMULA = `$$\n${'a + b\n\n'.repeat(300)}$$\n\n`;
const LIST = '- one\n\n  more of it\n\n'.repeat(150);
const HEAD = '| a | b |\n|--:|---|\n';
const ROWS = '| some words | 12 |\n'.repeat(299);
const LINES = 'x = 1\n\n'.repeat(2000);
const ITEMS = '1. An item\n   of two lines\n'.repeat(223);
const OPEN = '- Said:\n\n  ```python\n  ';

/** A part that reads as it stands, one with something before it, one of plain code. */
const part = (text: string): IPart => ({ text, head: '', code: null });
const headed = (head: string, text: string): IPart => ({ text, head, code: null });
const plain = (text: string, code: string): IPart => ({ text, head: '', code });

const ANSWERS: Record<string, [answer: string, parts: IPart[]]> = {
  nothing: ['', [part('')]],
  short: ['One.\n\nTwo.\n', [part('One.\n\nTwo.\n')]],
  paragraphs: [`${PARAGRAPH}## Two\n\nwords`, [part(PARAGRAPH), part('## Two\n\nwords')]],
  'code between paragraphs': [`${PARAGRAPH}${CODE}End.`, [part(PARAGRAPH), part(CODE), part('End.')]],
  'code that is still being written': [
    `${PARAGRAPH}${CODE.slice(0, 900)}`,
    [part(PARAGRAPH), part(CODE.slice(0, 900))]
  ],
  'a formula': [`${FORMULA}$$x$$\n\n${PARAGRAPH}End.`, [part(FORMULA), part(`$$x$$\n\n${PARAGRAPH}`), part('End.')]],
  'a list': [`${LIST}${PARAGRAPH}`, [part(LIST), part(PARAGRAPH)]],
  'links defined at the end': [
    `[a]\n\n${PARAGRAPH}${PARAGRAPH}See [it][B].\n\n[a]: a.py\n[b]: b.py`,
    [headed('[a]: a.py\n\n', `[a]\n\n${PARAGRAPH}`), part(PARAGRAPH), part('See [it][B].\n\n[a]: a.py\n[b]: b.py')]
  ],
  'HTML around it': [
    `${PARAGRAPH}<details>\n\n${PARAGRAPH}End.\n\n</details>`,
    [part(PARAGRAPH + `<details>\n\n${PARAGRAPH}End.\n\n</details>`)]
  ],
  'HTML in code': [`${PARAGRAPH}\`\`\`html\n<p>\n\n\`\`\`\n`, [part(PARAGRAPH), part('```html\n<p>\n\n```\n')]],
  'a long table': [
    `Rows:\n\n${HEAD}${ROWS}| last | 1 |\n\n${PARAGRAPH}End.`,
    [part(`Rows:\n\n${HEAD}${ROWS}`), headed(HEAD, `| last | 1 |\n\n${PARAGRAPH}`), part('End.')]
  ],
  'a long list': [`${ITEMS}1. last\n`, [part(ITEMS), part('1. last\n')]],
  'a long paragraph with a line below': [
    `${'Some words.\n'.repeat(500)}Title\n====\n`,
    [part('Some words.\n'.repeat(500)), part('Title\n====\n')]
  ],
  'code too long to be highlighted': [
    `Here:\n\n\`\`\`python\n${LINES}\`\`\`\n\nEnd.`,
    [part('Here:\n\n'), plain(`\`\`\`python\n${LINES}\`\`\`\n`, LINES), part('\nEnd.')]
  ],
  'long code that is still being written': [`\`\`\`\n${LINES}`, [plain(`\`\`\`\n${LINES}`, LINES)]],
  'a long line of code, in a list': [
    `${OPEN}${'a'.repeat(3000)}\n  b\n  \`\`\`\n`,
    [part('- Said:\n\n'), plain(`${OPEN.slice(9)}${'a'.repeat(3000)}\n  b\n  \`\`\`\n`, `${'a'.repeat(3000)}\nb\n`)]
  ],
  'a long formula': [`$$\n${LINES}$$\n`, [part(`$$\n${LINES}$$\n`)]]
};

test.each(Object.entries(ANSWERS))('%s', (_, [answer, parts]) => {
  expect(partsOf(answer)).toEqual(parts);
});

const joined = (parts: readonly IPart[]): string => parts.map(({ text }) => text).join('');

test('while an answer grows the parts before its last stay as they are', () => {
  const answer = `${PARAGRAPH}${CODE}${PARAGRAPH}${LIST}${HEAD}${ROWS}${ROWS}\n\`\`\`\n${LINES}\`\`\`\n${PARAGRAPH}`;
  let before: IPart[] = [];
  for (let end = 0; end <= answer.length; end += 97) {
    const parts = partsOf(answer.slice(0, end));
    expect(joined(parts)).toBe(answer.slice(0, end));
    expect(parts.slice(0, before.length - 1)).toEqual(before.slice(0, -1));
    before = parts;
  }
});

test('whatever an answer is made of, no part is long but formulas, and none is lost', () => {
  const pieces = [PARAGRAPH, CODE, LIST, HEAD + ROWS, ITEMS, `\`\`\`\n${LINES}\`\`\`\n`, '> said\n'.repeat(900), '\n'];
  for (let seed = 1; seed < 200; seed++) {
    const answer = Array.from({ length: 6 }, (_, at) => pieces[(seed * (at + 3) * 7919) % pieces.length]).join('');
    const parts = partsOf(answer);
    expect(joined(parts)).toBe(answer);
    expect(parts.filter(({ text, code }) => code === null && text.length > 16_000)).toEqual([]);
  }
});
