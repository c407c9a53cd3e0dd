/**
 * Ghost text: the likely rest of what is being typed, shown behind the cursor and taken with Tab.
 */

import { Prec, StateEffect, StateField } from '@codemirror/state';
import type { Extension, Transaction } from '@codemirror/state';
import { Decoration, EditorView, WidgetType } from '@codemirror/view';
import type { DecorationSet } from '@codemirror/view';
import type { PredictionView } from './protocol';

/** On the editor's content while ghost text is shown; the Tab shortcut's selector. */
export const GHOST_CLASS = 'maestro-mod-ghost';

/** A text that was sent, so that an answer can be matched with it. */
export interface ISent {
  seq: number;
  text: string;
  cursor: number;
}

/** Texts that are remembered: more than are ever on their way at once. */
const REMEMBERED = 16;

/** The texts sent last: a prediction that comes late is still right if the person typed what it foretold. */
export class SentTexts {
  add(sent: ISent): void {
    this._texts.push(sent);
    this._texts.splice(0, this._texts.length - REMEMBERED);
  }

  of(prediction: PredictionView | undefined): ISent | null {
    return this._texts.find(each => each.seq === prediction?.seq) ?? null;
  }

  /** Whether a prediction for a newer text is still to come. */
  awaits(prediction: PredictionView | undefined): boolean {
    const newest = this._texts.at(-1);
    return newest !== undefined && prediction?.seq !== newest.seq;
  }

  forget(): void {
    this._texts.length = 0;
  }

  private readonly _texts: ISent[] = [];
}

/** What to show behind `text` with the cursor at `cursor`, given what was predicted for the text that was sent. */
export function ghostFor(
  prediction: PredictionView | undefined,
  sent: ISent | null,
  text: string,
  cursor: number
): string {
  if (sent === null || prediction?.seq !== sent.seq || sent.cursor !== sent.text.length) {
    return '';
  }
  const expected = sent.text + (prediction.words[0] ?? '');
  const fits = cursor === text.length && text.length >= sent.text.length && expected.startsWith(text);
  return fits ? expected.slice(text.length) : '';
}

const setGhost = StateEffect.define<string>();

class GhostWidget extends WidgetType {
  constructor(readonly text: string) {
    super();
  }

  override eq(other: GhostWidget): boolean {
    return other.text === this.text;
  }

  toDOM(): HTMLElement {
    const span = document.createElement('span');
    span.className = 'maestro-Ghost';
    span.setAttribute('aria-hidden', 'true');
    span.textContent = this.text;
    return span;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}

interface IGhost {
  text: string;
  position: number;
}

const NONE: IGhost = { text: '', position: 0 };

/** Follow the person: what they type of the ghost is taken off it, anything else clears it. */
function follow(ghost: IGhost, transaction: Transaction): IGhost {
  const head = transaction.newSelection.main.head;
  for (const effect of transaction.effects) {
    if (effect.is(setGhost)) {
      return effect.value === '' ? NONE : { text: effect.value, position: head };
    }
  }
  if (ghost.text === '' || (!transaction.docChanged && head === ghost.position)) {
    return ghost;
  }
  if (transaction.isUserEvent('input.type.compose')) {
    return NONE; // an input method shows its own proposals there
  }
  const typed = head - ghost.position;
  const grown = transaction.newDoc.length - transaction.startState.doc.length;
  if (transaction.docChanged && typed > 0 && typed === grown) {
    const inserted = transaction.newDoc.sliceString(ghost.position, head);
    if (ghost.text.startsWith(inserted) && ghost.text.length > typed) {
      return { text: ghost.text.slice(typed), position: head };
    }
  }
  return NONE;
}

const ghostField = StateField.define<IGhost>({
  create: () => NONE,
  update: follow,
  provide: field => [
    EditorView.decorations.from(field, (ghost): DecorationSet =>
      ghost.text === ''
        ? Decoration.none
        : Decoration.set([Decoration.widget({ widget: new GhostWidget(ghost.text), side: 1 }).range(ghost.position)])
    ),
    EditorView.contentAttributes.from(field, ghost => ({ class: ghost.text === '' ? '' : GHOST_CLASS }))
  ]
});

/** The editor extension; `showGhost` and `acceptGhost` work on editors that have it. */
export function ghostExtension(): Extension {
  return Prec.low(ghostField);
}

export function ghostIn(view: EditorView): string {
  return view.state.field(ghostField, false)?.text ?? '';
}

/** Show ghost text at the cursor; an empty text removes it. */
export function showGhost(view: EditorView, text: string): void {
  const ghost = view.state.field(ghostField, false);
  if (ghost !== undefined && (ghost.text !== text || ghost.position !== view.state.selection.main.head)) {
    view.dispatch({ effects: setGhost.of(text) });
  }
}

/** Take the ghost text into the document; false if there is none. */
export function acceptGhost(view: EditorView): boolean {
  const ghost = view.state.field(ghostField, false);
  if (ghost === undefined || ghost.text === '') {
    return false;
  }
  const end = ghost.position + ghost.text.length;
  view.dispatch({
    changes: { from: ghost.position, insert: ghost.text },
    selection: { anchor: end },
    effects: setGhost.of(''),
    userEvent: 'input.complete',
    scrollIntoView: true
  });
  return true;
}
