import type { NotebookPanel } from '@jupyterlab/notebook';
import { handlerFor } from '../src/celllinks';
import type { IPlace } from '../src/paths';

function click(href: string, path: string): { ours: IPlace[]; theirs: number } {
  const ours: IPlace[] = [];
  let theirs = 0;
  const panel = { context: { path } } as unknown as NotebookPanel;
  const lab = {
    handleLink: (node: HTMLElement) => {
      node.addEventListener('click', event => {
        event.preventDefault();
        theirs++;
      });
    }
  };
  const anchor = document.createElement('a');
  anchor.setAttribute('href', href);
  handlerFor(
    lab,
    () => panel,
    (_, place) => ours.push(place)
  ).handleLink(anchor, 'as JupyterLab resolves it', '');
  anchor.setAttribute('href', '/files/elsewhere'); // JupyterLab does so afterwards
  anchor.click();
  return { ours, theirs };
}

test.each([
  ['../src/a.py#line=11', 'quick.ipynb', { path: '../src/a.py', line: 12 }],
  ['../../a%20b.py', 'examples/quick.ipynb', { path: '../../a b.py' }],
  ['../.github/ci.yml', 'examples/quick.ipynb', { path: '../.github/ci.yml' }]
])('the link %s in %s is ours', (href, path, place) => {
  expect(click(href, path)).toEqual({ ours: [place], theirs: 0 });
});

test.each([
  ['../src/a.py#line=11', 'examples/quick.ipynb'],
  ['a.py', 'quick.ipynb'],
  ['./a.py', 'quick.ipynb']
])("the link %s in %s stays JupyterLab's", (href, path) => {
  expect(click(href, path)).toEqual({ ours: [], theirs: 1 });
});
