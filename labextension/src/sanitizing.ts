/** What others wrote, in the panel: nothing is asked from another server before somebody clicks. */

import type { IRenderMime } from '@jupyterlab/rendermime';

const FETCHING = 'img, picture, audio, video, source, track, embed, object, iframe, frame, input[type="image" i]';

/** JupyterLab's sanitizer, and what would fetch from elsewhere is a link: its address may hold what a model read. */
export function withoutFetching(inner: IRenderMime.ISanitizer): IRenderMime.ISanitizer {
  return {
    getAutolink: () => inner.getAutolink?.() ?? true,
    get allowNamedProperties() {
      return inner.allowNamedProperties;
    },
    get allowCommandLinker() {
      return false;
    },
    sanitize: (dirty, options) => {
      const page = new DOMParser().parseFromString(inner.sanitize(dirty, options), 'text/html'); // fetches nothing
      for (const node of page.querySelectorAll(FETCHING)) {
        const address = node.getAttribute('src') ?? node.getAttribute('data') ?? '';
        if (node.hasAttribute('srcset') || node.hasAttribute('poster') || !staysHere(address)) {
          node.replaceWith(linkTo(page, address, node.getAttribute('alt') ?? ''));
        }
      }
      for (const node of page.querySelectorAll<HTMLElement>('[style], [background]')) {
        node.removeAttribute('background');
        if (/url|image-set|\\/i.test(node.getAttribute('style') ?? '')) {
          node.removeAttribute('style');
        }
      }
      return page.body.innerHTML;
    }
  };
}

/** Whether an address is the page's own server, or holds its picture itself. */
function staysHere(address: string): boolean {
  try {
    return /^data:image\//i.test(address) || new URL(address, document.baseURI).origin === location.origin;
  } catch {
    return false;
  }
}

function linkTo(page: Document, address: string, words: string): HTMLElement {
  const link = page.createElement('a');
  link.textContent = words === '' ? address : words;
  if (/^https?:/i.test(address)) {
    link.setAttribute('href', address);
  }
  return link;
}
