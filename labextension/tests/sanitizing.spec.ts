import { Sanitizer } from '@jupyterlab/apputils';
import { withoutFetching } from '../src/sanitizing';

const sanitizer = withoutFetching(new Sanitizer());

test.each([
  ['<img src="https://example.org/?q=secret" alt="plot">', '<a href="https://example.org/?q=secret">plot</a>'],
  ['<img src="//example.org/?q=secret">', '<a>//example.org/?q=secret</a>'],
  ['<img src=x onerror=alert(1)>', '<img src="x">'],
  ['<a href="javascript:alert(1)">x</a>', '<a rel="nofollow">x</a>'],
  ['<script>alert(1)</script><p>a</p>', '<p>a</p>'],
  ['<video src="https://example.org/v"></video>', '<a href="https://example.org/v">https://example.org/v</a>'],
  ['<video src="v" poster="https://example.org/p"></video>', '<a>v</a>'],
  ['<p style="background:url(https://example.org)">a</p>', '<p>a</p>'],
  ['<img src="plots/a.png" alt="a">', '<img src="plots/a.png" alt="a">'],
  ['<img src="data:image/png;base64,AA==">', '<img src="data:image/png;base64,AA==">']
])('%s becomes %s', (dirty, clean) => {
  expect(sanitizer.sanitize(dirty)).toBe(clean);
});
