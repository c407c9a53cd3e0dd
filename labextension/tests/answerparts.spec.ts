import { partsOf } from '../src/answerparts';

const PARAGRAPH = `${'Some words that go on. '.repeat(70)}\n\n`;
const CODE = `~~~~python\n${'x = 1\n\n# ```\n'.repeat(200)}~~~~\n\n`;
const FORMULA = `$$\n${'a + b\n\n'.repeat(300)}$$\n\n`;
const LIST = '- one\n\n  more of it\n\n'.repeat(150);
const ANSWERS: Record<string, [answer: string, parts: string[]]> = {
  nothing: ['', ['']],
  short: ['One.\n\nTwo.\n', ['One.\n\nTwo.\n']],
  paragraphs: [`${PARAGRAPH}## Two\n\nwords`, [PARAGRAPH, '## Two\n\nwords']],
  'code between paragraphs': [`${PARAGRAPH}${CODE}End.`, [PARAGRAPH, CODE, 'End.']],
  'code that is still being written': [`${PARAGRAPH}${CODE.slice(0, 900)}`, [PARAGRAPH, CODE.slice(0, 900)]],
  'a formula': [`${FORMULA}$$x$$\n\n${PARAGRAPH}End.`, [FORMULA, `$$x$$\n\n${PARAGRAPH}`, 'End.']],
  'a list': [`${LIST}${PARAGRAPH}`, [LIST, PARAGRAPH]],
  'a link defined at the end': [
    `[a]\n\n${PARAGRAPH}${PARAGRAPH}[a]: b.py\n`,
    [`[a]\n\n${PARAGRAPH}${PARAGRAPH}[a]: b.py\n`]
  ],
  'HTML around it': [`<details>\n\n${PARAGRAPH}End.\n\n</details>`, [`<details>\n\n${PARAGRAPH}End.\n\n</details>`]],
  'HTML in code': [`${PARAGRAPH}\`\`\`html\n<p>\n\n\`\`\`\n`, [PARAGRAPH, '```html\n<p>\n\n```\n']]
};

test.each(Object.entries(ANSWERS))('%s', (_, [answer, parts]) => {
  expect(partsOf(answer)).toEqual(parts);
});

test('while an answer grows the parts before its last stay as they are', () => {
  const answer = `${PARAGRAPH}${CODE}${PARAGRAPH}${LIST}`;
  let before: string[] = [];
  for (let end = 0; end <= answer.length; end += 37) {
    const parts = partsOf(answer.slice(0, end));
    expect(parts.join('')).toBe(answer.slice(0, end));
    expect(parts.slice(0, before.length - 1)).toEqual(before.slice(0, -1));
    before = parts;
  }
});
