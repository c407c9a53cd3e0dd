/**
 * The kernel's widgets in cell outputs: drawn while the kernel session that made them is there, and never after.
 *
 * Without this a notebook that was saved while an answer was being made would show a widget's error in its place for
 * ever. `codemaestro_jupyter/jupyter/widgets.py` puts our type beside the widget's.
 */

import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { IRenderMime, IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { Panel } from '@lumino/widgets';
import type { Message } from '@lumino/messaging';
import type { Kernels } from './kernels';
import type { Session, SessionPart } from './session';

export const LIVE = 'application/vnd.codemaestro.live+json';
const WIDGET = 'application/vnd.jupyter.widget-view+json';
const MARKDOWN = 'text/markdown';
/** Before ipywidgets' own, which is below zero. */
const RANK = -100;

/** What our type holds: whose widget it is, and whether the text beside it is worth showing without it. */
export function liveOf(data: unknown): { session: string; keep: boolean } {
  const { session, keep } = (typeof data === 'object' && data !== null ? data : {}) as Record<string, unknown>;
  return { session: typeof session === 'string' ? session : '', keep: keep === true };
}

/** The type that is to be drawn; null for nothing. */
export function drawnType(data: unknown, current: Session | null): string | null {
  const { session, keep } = liveOf(data);
  const alive = session !== '' && current?.connected === true && current.view.session === session;
  return alive ? WIDGET : keep ? MARKDOWN : null;
}

class LiveWidget extends Panel implements IRenderMime.IRenderer {
  constructor(
    private readonly tracker: INotebookTracker,
    private readonly kernels: Kernels
  ) {
    super();
    kernels.added.connect(this._follow, this);
    for (const session of kernels.sessions) {
      this._follow(kernels, session);
    }
  }

  renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this._model = model;
    this._drawn = undefined;
    return this._draw();
  }

  override dispose(): void {
    this.kernels.added.disconnect(this._follow, this);
    for (const session of this.kernels.sessions) {
      session.changed.disconnect(this._onSession, this);
    }
    super.dispose();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    void this._draw();
  }

  private _follow(_: Kernels, session: Session): void {
    session.changed.connect(this._onSession, this);
  }

  private _onSession(_: Session, parts: ReadonlySet<SessionPart>): void {
    if (parts.has('connection') || parts.has('session')) {
      void this._draw();
    }
  }

  private async _draw(): Promise<void> {
    const panel: NotebookPanel | undefined = this.tracker.find(each => each.content.node.contains(this.node));
    if (this._model === null || panel === undefined || this.isDisposed) {
      return;
    }
    const type = drawnType(this._model.data[LIVE], this.kernels.of(panel));
    if (type === this._drawn) {
      return;
    }
    this._drawn = type;
    for (const widget of [...this.widgets]) {
      widget.dispose();
    }
    if (type !== null) {
      const renderer = panel.content.rendermime.createRenderer(type);
      this.addWidget(renderer);
      await renderer.renderModel(this._model);
    }
  }

  private _model: IRenderMime.IMimeModel | null = null;
  /** The type that is drawn; undefined before anything was decided. */
  private _drawn: string | null | undefined;
}

/** Let outputs with our type be drawn by it, in notebooks opened from now on. */
export function drawLiveWidgets(rendermime: IRenderMimeRegistry, tracker: INotebookTracker, kernels: Kernels): void {
  rendermime.addFactory(
    { safe: true, mimeTypes: [LIVE], createRenderer: () => new LiveWidget(tracker, kernels) },
    RANK
  );
}
