import { firstCode } from '../src/actions';
import { mentionAt } from '../src/cards/completions';
import { withoutAttachments } from '../src/cards/turn';
import { besideNotebook, browserPath, isHidden, placeOf } from '../src/paths';

test.each([
  ['/srv/shop', '/srv/shop', ''],
  ['/srv/shop/', '/srv', 'shop'],
  ['/srv/a/shop', '/srv', 'a/shop'],
  ['/srv/shopping', '/srv/shop', null],
  ['/elsewhere', '/srv', null],
  ['/home/ada/work/shop', '~', 'work/shop'],
  ['/home/ada/work/shop', '~/work', 'shop'],
  ['/Users/ada/work/shop', '~/work/shop', ''],
  ['/root/work', '~', 'work'],
  ['/srv/x/work/shop', '~/work', null],
  ['C:\\Users\\ada\\shop', 'C:\\Users\\ada', 'shop']
])('project %s in a browser of %s lies in %j', (root, server, expected) => {
  expect(browserPath(root, server)).toBe(expected);
});

test.each([
  ['src/a.py', { path: 'src/a.py' }],
  ['src/a.py#L12', { path: 'src/a.py', line: 12 }],
  ['src/a.py#L12-L20', { path: 'src/a.py', line: 12 }],
  ['src/a.py#line=11', { path: 'src/a.py', line: 12 }],
  ['src/a.py#line=0', { path: 'src/a.py', line: 1 }],
  ['src/a.py:7', { path: 'src/a.py', line: 7 }],
  ['notes.md#heading', { path: 'notes.md#heading' }]
])('%s points to %j', (link, expected) => {
  expect(placeOf(link)).toEqual(expected);
});

test.each([
  ['b.py', 'a.ipynb', 'b.py'],
  ['../src/./b.py', 'examples/a.ipynb', 'src/b.py'],
  ['../b.py', 'x/examples/a.ipynb', 'x/b.py'],
  ['../src/b.py', 'a.ipynb', null],
  ['../../b.py', 'examples/a.ipynb', null],
  ['../x/../../b.py', 'examples/a.ipynb', null],
  ['/etc/passwd', 'a.ipynb', null],
  ['../.ci/run', 'examples/a.ipynb', '.ci/run']
])('the link %s in %s leads to %j', (link, notebook, expected) => {
  expect(besideNotebook(link, notebook)).toBe(expected);
});

test('hidden files are told apart from steps', () => {
  expect(['.ci/run', 'a/.b', './a', '../a', 'a.b'].map(isHidden)).toEqual([true, true, false, false, false]);
});

test.each([
  ['@', 1, { start: 0, prefix: '@' }],
  ['read @src/au', 12, { start: 5, prefix: '@src/au' }],
  ['read (@a', 8, { start: 6, prefix: '@a' }],
  ['read @a now', 11, null],
  ['ada@example', 11, null],
  ['@a @b', 2, { start: 0, prefix: '@a' }]
])('in %j at %d', (text, cursor, expected) => {
  expect(mentionAt(text, cursor)).toEqual(expected);
});

test.each([
  ['no code', null],
  ['a\n\n```python\nx = 1\ny = 2\n```\n\n```\nz\n```', 'x = 1\ny = 2'],
  ['````\n```\n````', '```'],
  ['`inline`', null]
])('the first code of %j', (markdown, expected) => {
  expect(firstCode(markdown)).toBe(expected);
});

test.each([
  ['why?', 'why?', []],
  ['why?\n\nAttached error `c1`:\n\n```\nKeyError\n```', 'why?', ['error']],
  ['a\nb\n\nAttached cell `c1`.\n\nAttached error `c2`:\n\n```\nx\n```', 'a\nb', ['cell', 'error']],
  ['Attached to this', 'Attached to this', []]
])('%j asks %j', (request, text, attached) => {
  expect(withoutAttachments(request)).toEqual({ text, attached });
});
