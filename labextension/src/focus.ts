/** Keep the keyboard in the panel when what had it is taken away or switched off by its own click. */

import { DisposableDelegate } from '@lumino/disposable';
import type { IDisposable } from '@lumino/disposable';

/**
 * Call `onLost` when the element of `node` that had the focus left the page, or was disabled, and nothing else has it
 * since. Who went elsewhere before, with a key or a click, is left there.
 */
export function keepFocus(node: HTMLElement, onLost: () => void): IDisposable {
  let last: Element | null = null;
  const gone = (): boolean => last !== null && (!last.isConnected || last.matches(':disabled'));
  const nobody = (): boolean => document.activeElement === document.body || document.activeElement === last;
  const onFocus = (event: FocusEvent): void => {
    last = event.target as Element;
  };
  const onBlur = (): void => {
    // The browser says the same of an element that is taken away; a moment later the two differ.
    queueMicrotask(() => {
      if (!gone() && document.activeElement !== last) {
        last = null;
      }
    });
  };
  const look = (): void => {
    if (gone()) {
      // A card that knows a better place goes first.
      window.requestAnimationFrame(() => {
        if (gone() && nobody()) {
          onLost();
        }
      });
    }
  };
  const observer = new MutationObserver(look);
  observer.observe(node, { childList: true, subtree: true, attributeFilter: ['disabled'] });
  node.addEventListener('focusin', onFocus);
  node.addEventListener('focusout', onBlur);
  return new DisposableDelegate(() => {
    observer.disconnect();
    node.removeEventListener('focusin', onFocus);
    node.removeEventListener('focusout', onBlur);
  });
}
