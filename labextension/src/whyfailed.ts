/** Under each error output: a button that asks CodeMaestro why the cell failed. */

import type { IRenderMime, IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { Panel, Widget } from '@lumino/widgets';
import type { TranslationBundle } from '@jupyterlab/translation';

const ERROR = 'application/vnd.jupyter.error';
/** What JupyterLab draws an error as: its coloured traceback. */
const TRACEBACK = 'application/vnd.jupyter.stderr';

/** JupyterLab's own error output with a button below it. */
class FailedOutput extends Panel implements IRenderMime.IRenderer {
  constructor(
    private readonly inner: IRenderMime.IRenderer,
    action: HTMLElement
  ) {
    super();
    this.addClass('maestro-FailedOutput');
    this.addWidget(inner);
    this.addWidget(new Widget({ node: action }));
  }

  renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    return this.inner.renderModel(model);
  }
}

/** Let error outputs rendered from now on carry the action; `ask` is given a node inside the cell. */
export function offerWhyFailed(
  rendermime: IRenderMimeRegistry,
  trans: TranslationBundle,
  ask: (node: HTMLElement) => void
): void {
  const mimeType = rendermime.getFactory(ERROR) === undefined ? TRACEBACK : ERROR;
  const factory = rendermime.getFactory(mimeType);
  if (factory === undefined) {
    return; // a JupyterLab that shows errors otherwise; the command and the shortcut remain
  }
  rendermime.addFactory({
    safe: true,
    mimeTypes: [ERROR],
    defaultRank: (factory.defaultRank ?? 110) - 10,
    createRenderer: options => new FailedOutput(factory.createRenderer({ ...options, mimeType }), action(trans, ask))
  });
}

function action(trans: TranslationBundle, ask: (node: HTMLElement) => void): HTMLElement {
  const line = document.createElement('div');
  line.className = 'maestro-WhyFailed';
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'maestro-Link';
  button.textContent = trans.__('CodeMaestro: why did it fail?');
  button.addEventListener('click', () => ask(line));
  line.append(button);
  return line;
}
