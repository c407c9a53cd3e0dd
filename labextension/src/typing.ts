/**
 * Watch drafts: send what is being typed soon but not for every key, and always the newest text.
 *
 * The first key after a pause goes out at once. After that a text waits until the person has been still for
 * `debounce` ms, but never longer than `maxWait` ms; what is typed meanwhile replaces it.
 */

import type { IDisposable } from '@lumino/disposable';

/** Time, as `window` has it; handed in so that tests own it. */
export interface IClock {
  now(): number;
  setTimeout(callback: () => void, milliseconds: number): number;
  clearTimeout(timer: number): void;
}

export const CLOCK: IClock = {
  now: () => Date.now(),
  setTimeout: (callback, milliseconds) => window.setTimeout(callback, milliseconds),
  clearTimeout: timer => window.clearTimeout(timer)
};

export interface IPace {
  /** Milliseconds of stillness after which a text goes out. */
  debounce: number;
  /** Milliseconds after which it goes out although typing goes on. */
  maxWait: number;
  /** Whether the first one after a pause goes out at once. */
  leading: boolean;
}

/** Calls `deliver` with the newest value, at the pace of a person who types. */
export class Coalescer<T> implements IDisposable {
  constructor(
    private readonly deliver: (value: T) => void,
    private readonly pace: () => IPace,
    private readonly clock: IClock = CLOCK
  ) {}

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  push(value: T): void {
    if (this._isDisposed) {
      return;
    }
    const now = this.clock.now();
    const { debounce, maxWait, leading } = this.pace();
    const quiet = leading && now - this._lastPush >= debounce;
    this._lastPush = now;
    this._waiting = { value };
    if (quiet && this._timer === null) {
      this.flush();
      return;
    }
    this._waitingSince ??= now;
    const wait = Math.max(0, Math.min(debounce, this._waitingSince + maxWait - now));
    this._cancelTimer();
    this._timer = this.clock.setTimeout(() => this.flush(), wait);
  }

  /** Deliver what waits, now. */
  flush(): void {
    this._cancelTimer();
    const waiting = this._waiting;
    this._waiting = null;
    this._waitingSince = null;
    if (waiting !== null) {
      this.deliver(waiting.value);
    }
  }

  /** Forget what waits. */
  drop(): void {
    this._cancelTimer();
    this._waiting = null;
    this._waitingSince = null;
  }

  dispose(): void {
    this._isDisposed = true;
    this.drop();
  }

  private _cancelTimer(): void {
    if (this._timer !== null) {
      this.clock.clearTimeout(this._timer);
      this._timer = null;
    }
  }

  private _waiting: { value: T } | null = null;
  private _waitingSince: number | null = null;
  private _timer: number | null = null;
  private _lastPush = Number.NEGATIVE_INFINITY;
  private _isDisposed = false;
}

/** What is being typed, and where. */
export interface IDraft {
  source: 'cell' | 'chat';
  notebookId: string;
  cellId: string;
  text: string;
  /** UTF-16 code units from the start. */
  cursor: number;
}

let lastSeq = 0;

/** A number that grows with every event of this front end, also across a reload of the page. */
export function nextSeq(clock: IClock = CLOCK): number {
  lastSeq = Math.max(lastSeq + 1, Math.floor(clock.now()));
  return lastSeq;
}

/** The number of the newest event; what comes later has a greater one. */
export function newestSeq(): number {
  return lastSeq;
}

/** Whether a cell's text is a request to CodeMaestro rather than code. */
export function isRequestCell(text: string): boolean {
  return /^\s*%%maestro(\s|$)/.test(text);
}
