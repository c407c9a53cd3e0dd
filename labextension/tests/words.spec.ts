import { readFileSync } from 'node:fs';
import { isAlike } from '../src/cards/preparing';
import { withoutAside } from '../src/cards/turn';

/** What the kernel ends an answer with that was made without a model. */
const offline = readFileSync('../codemaestro_jupyter/plan/offline.py', 'utf8');
const closing = /f"(\*Made without a model\.[^"]*\*)"/.exec(offline)?.[1] ?? '';

test('what a model would add is told from the answer', () => {
  const aside = closing.replace('{adds}', 'say why').replace('{SWITCH_ON}', 'start `Ollama`');
  expect(withoutAside(`**Found**\n\n- a.py\n\n${aside}\n`)).toEqual({
    markdown: '**Found**\n\n- a.py',
    aside: 'A model would say why: start `Ollama`.'
  });
});

test.each(['', 'an answer of a *model*', '*Made without a model. Not at the end.*\n\nmore', '*Made with care.*'])(
  'of %j nothing is taken',
  markdown => {
    expect(withoutAside(markdown)).toEqual({ markdown, aside: '' });
  }
);

test('likely files of one name are told apart by their folders', () => {
  const files = ['a/test.py', 'b/test.py', 'b/c.py'].map(path => ({
    path,
    probability: 0.5,
    why: [],
    prepared: false
  }));
  expect(files.map(file => isAlike(files, file))).toEqual([true, true, false]);
});
