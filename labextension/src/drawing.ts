/** Draw what is long piece by piece, each in a task of its own, so that keys are taken between them. */

/** Milliseconds that a piece waits for an idle moment. */
const PATIENCE = 200;

export type Piece = () => Promise<unknown>;

/** Draws one piece after another; what is not wanted any more before its turn came is left out. */
export class DrawingOrder {
  constructor(private readonly soon: (next: () => void) => void = whenIdle) {}

  /** Draw a piece when its turn comes; the function that is given back takes it out again. */
  add(piece: Piece): () => void {
    this._waiting.add(piece);
    this._next();
    return () => {
      this._waiting.delete(piece);
    };
  }

  private _next(): void {
    if (this._busy || this._waiting.size === 0) {
      return;
    }
    this._busy = true;
    this.soon(() => void this._draw());
  }

  private async _draw(): Promise<void> {
    const [piece] = this._waiting;
    if (piece !== undefined) {
      this._waiting.delete(piece);
      await piece().catch((error: unknown) => console.warn(error));
    }
    this._busy = false;
    this._next();
  }

  private readonly _waiting = new Set<Piece>();
  private _busy = false;
}

/**
 * Draws one place anew, one drawing at a time, the newest last; what came between is left out. Left to themselves, a
 * drawing that waits for something (the colours of a language are loaded) would end after a newer one, and stay.
 */
export class Redrawing {
  /** Resolves when this piece, or a newer one in its place, is drawn. */
  draw(piece: Piece): Promise<void> {
    this._newest = piece;
    this._last = this._last.then(async () => {
      if (this._newest === piece) {
        await piece().catch((error: unknown) => console.warn(error));
      }
    });
    return this._last;
  }

  private _newest: Piece | null = null;
  private _last: Promise<void> = Promise.resolve();
}

function whenIdle(next: () => void): void {
  if (typeof window.requestIdleCallback === 'function') {
    window.requestIdleCallback(next, { timeout: PATIENCE });
  } else {
    window.setTimeout(next, 0); // Safari
  }
}
