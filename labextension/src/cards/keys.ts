/** One keyboard path through a group of buttons. */

import type { KeyboardEvent } from 'react';

const STEPS: Record<string, number> = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

/** The arrow keys go from one button to the next, and round. */
export function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const step = STEPS[event.key];
  const buttons = Array.from(event.currentTarget.querySelectorAll<HTMLElement>('button:not(:disabled)'));
  const here = buttons.findIndex(button => button === document.activeElement);
  if (step !== undefined && here >= 0) {
    event.preventDefault();
    buttons[(here + step + buttons.length) % buttons.length]?.focus();
  }
}
