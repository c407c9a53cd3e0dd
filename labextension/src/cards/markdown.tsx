/** An answer as JupyterLab renders Markdown, drawn once it comes near the screen. */

import { MimeModel } from '@jupyterlab/rendermime';
import type { IRenderMime } from '@jupyterlab/rendermime';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { addBelowIcon, copyIcon, editIcon } from '@jupyterlab/ui-components';
import type { LabIcon } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import { memo, useEffect, useMemo, useRef, useState } from 'react';
import type { JSX } from 'react';
import { partsOf } from '../answerparts';
import type { IPart } from '../answerparts';
import { DrawingOrder, Redrawing } from '../drawing';
import { useFrame } from './frame';
import type { IActions } from './frame';
import { LongCode } from './longcode';
import { useNear } from './near';

const MIME = 'text/markdown';

/** Everything but the end of the newest answer is drawn in this order, whichever card it stands in. */
const order = new DrawingOrder();

/** Keep a rendered widget in a node that React owns; until it is drawn the node has the height that it may need. */
function useRenderer(near: boolean, markdown: string, atOnce: boolean): React.RefObject<HTMLDivElement> {
  const host = useRef<HTMLDivElement>(null);
  const renderer = useRef<IRenderMime.IRenderer | null>(null);
  const [redrawing] = useState(() => new Redrawing());
  const { rendermime, actions, trans } = useFrame();
  useEffect(() => {
    const node = host.current;
    if (!near || node === null) {
      return;
    }
    const widget = rendermime.createRenderer(MIME);
    renderer.current = widget;
    MessageLoop.sendMessage(widget, Widget.Msg.BeforeAttach);
    node.append(widget.node);
    MessageLoop.sendMessage(widget, Widget.Msg.AfterAttach);
    return () => {
      renderer.current = null;
      MessageLoop.sendMessage(widget, Widget.Msg.BeforeDetach);
      widget.node.remove();
      MessageLoop.sendMessage(widget, Widget.Msg.AfterDetach);
      widget.dispose();
    };
  }, [near, rendermime]);
  useEffect(() => {
    const widget = renderer.current;
    const node = host.current;
    if (widget === null || node === null) {
      return;
    }
    const draw = (): Promise<void> =>
      redrawing.draw(async () => {
        if (!widget.isDisposed) {
          await widget.renderModel(new MimeModel({ data: { [MIME]: markdown }, trusted: false }));
        }
        if (!widget.isDisposed) {
          blocksOf(widget).forEach(pre => addToolbar(pre, actions, trans));
          node.style.minHeight = '';
        }
      });
    if (atOnce) {
      void draw();
      return;
    }
    if (node.textContent === '') {
      node.style.minHeight = heightOf(markdown);
    }
    return order.add(draw);
  }, [near, rendermime, redrawing, markdown, atOnce, actions, trans]);
  return host;
}

function blocksOf(widget: Widget): HTMLPreElement[] {
  return Array.from(widget.node.querySelectorAll('pre'));
}

/** Copy, insert and replace above a block of code; the block itself can be reached to scroll it by keyboard. */
function addToolbar(pre: HTMLPreElement, actions: IActions, trans: TranslationBundle): void {
  if (pre.parentElement?.classList.contains('maestro-Code')) {
    return;
  }
  const code = (pre.textContent ?? '').replace(/\n$/, '');
  const frame = document.createElement('div');
  frame.className = 'maestro-Code';
  const toolbar = document.createElement('div');
  toolbar.className = 'maestro-Code-toolbar';
  toolbar.append(
    button(copyIcon, trans.__('Copy code'), () => actions.copy(code)),
    button(addBelowIcon, trans.__('Insert code below the active cell'), () => actions.insertBelow(code, 'code')),
    button(editIcon, trans.__('Replace the active cell by this code'), () => actions.replaceActive(code))
  );
  pre.replaceWith(frame);
  pre.tabIndex = 0;
  frame.append(pre, toolbar);
}

function button(icon: LabIcon, label: string, onClick: () => void): HTMLButtonElement {
  const element = document.createElement('button');
  element.type = 'button';
  element.className = 'maestro-IconButton';
  element.title = label;
  element.setAttribute('aria-label', label);
  element.append(icon.element({ tag: 'span', className: 'maestro-Icon' }));
  element.addEventListener('click', onClick);
  return element;
}

/** Lines of an answer take about so much room, in the size of its letters (conversation.css). */
const LINE_HEIGHT = 1.5;

function heightOf(text: string): string {
  return `${text.split('\n').length * LINE_HEIGHT}em`;
}

/** The end of the `newest` answer is drawn at once: a busy machine lets observers wait. */
export function Markdown({ markdown, newest = false }: { markdown: string; newest?: boolean }): JSX.Element {
  const parts = useMemo(() => partsOf(markdown), [markdown]);
  return (
    <div className="maestro-Markdown">
      {parts.map(({ text, head, code }, index) => (
        <Part key={index} text={text} head={head} code={code} atOnce={newest && index === parts.length - 1} />
      ))}
    </div>
  );
}

const Part = memo(function Part({ text, head, code, atOnce }: IPart & { atOnce: boolean }): JSX.Element {
  const outer = useRef<HTMLDivElement>(null);
  const near = useNear(outer, atOnce);
  const host = useRenderer(near && code === null, head + text, atOnce);
  return (
    <div ref={outer} className="maestro-Markdown-part" style={{ minHeight: near ? undefined : heightOf(text) }}>
      {code === null ? <div ref={host} /> : near && <LongCode code={code} />}
    </div>
  );
});
