/**
 * Questions to the kernel that wait for a reply of their own. A kernel without subshells replies when its cell has
 * ended, so a question waits while the connection lasts, unless a patience in milliseconds is given.
 */

import { UUID } from '@lumino/coreutils';

/** Milliseconds to wait for a file's text: what a click opens a minute later nobody wants any more. */
export const FILE_PATIENCE = 10_000;

export class Replies<T> {
  /** What is answered where nobody answers. */
  constructor(
    private readonly otherwise: T,
    private readonly patience?: number
  ) {}

  /** Ask with a new request id; `send` says whether anybody listens. */
  ask(send: (request: string) => boolean, signal?: AbortSignal): Promise<T> {
    const request = UUID.uuid4();
    return new Promise(resolve => {
      const finish = (value: T): void => {
        window.clearTimeout(timer);
        this._waiting.delete(request);
        resolve(value);
      };
      const timer =
        this.patience === undefined ? undefined : window.setTimeout(() => finish(this.otherwise), this.patience);
      signal?.addEventListener('abort', () => finish(this.otherwise), { once: true });
      this._waiting.set(request, finish);
      if (signal?.aborted === true || !send(request)) {
        finish(this.otherwise);
      }
    });
  }

  /** A reply came, or an error in its place; what is not waited for any more is dropped. */
  reply(request: string, value: T = this.otherwise): void {
    this._waiting.get(request)?.(value);
  }

  /** Nobody will answer any more. */
  end(): void {
    for (const finish of [...this._waiting.values()]) {
      finish(this.otherwise);
    }
  }

  private readonly _waiting = new Map<string, (value: T) => void>();
}
