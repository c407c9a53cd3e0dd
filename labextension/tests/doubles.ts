/** Stand-ins for a clock and for the way to a kernel. */

import { Signal } from '@lumino/signaling';
import type { ChangeView, FrontMessage, HunkView, KernelMessage, PredictionView, TurnView } from '../src/protocol';
import type { Connection, IWire } from '../src/wire';
import type { IClock } from '../src/typing';

/** A clock that stands until it is told to go on. */
export class Clock implements IClock {
  private time = 1000;
  private nextTimer = 1;
  private readonly timers = new Map<number, { at: number; callback: () => void }>();

  now(): number {
    return this.time;
  }

  setTimeout(callback: () => void, milliseconds: number): number {
    const timer = this.nextTimer++;
    this.timers.set(timer, { at: this.time + milliseconds, callback });
    return timer;
  }

  clearTimeout(timer: number): void {
    this.timers.delete(timer);
  }

  /** Let time pass; what falls due runs at its own time, in order. */
  pass(milliseconds: number): void {
    const end = this.time + milliseconds;
    for (;;) {
      const due = [...this.timers].filter(([, { at }]) => at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (due === undefined) {
        break;
      }
      this.timers.delete(due[0]);
      this.time = Math.max(this.time, due[1].at);
      due[1].callback();
    }
    this.time = end;
  }

  get waiting(): number {
    return this.timers.size;
  }
}

/** A kernel that hears everything and says what the test says. */
export class Wire implements IWire {
  connection: Connection = { state: 'connected' };
  readonly connectionChanged: Signal<IWire, Connection> = new Signal<IWire, Connection>(this);
  readonly received: Signal<IWire, KernelMessage> = new Signal<IWire, KernelMessage>(this);
  readonly sent: FrontMessage[] = [];
  loads = 0;
  readonly restarts: (boolean | 'stayed')[] = [];
  isDisposed = false;

  send(message: FrontMessage): boolean {
    if (this.connection.state === 'connected') {
      this.sent.push(message);
      return true;
    }
    return false;
  }

  load(): Promise<void> {
    this.loads++;
    return Promise.resolve();
  }

  restarting(underway: boolean): void {
    this.restarts.push(underway);
  }

  stayed(): void {
    this.restarts.push('stayed');
  }

  say(message: KernelMessage): void {
    this.received.emit(message);
  }

  become(connection: Connection): void {
    this.connection = connection;
    this.connectionChanged.emit(connection);
  }

  dispose(): void {
    this.isDisposed = true;
  }
}

export function turn(id: string, more: Partial<TurnView> = {}): TurnView {
  return {
    id,
    request: `request ${id}`,
    markdown: `answer ${id}`,
    state: 'done',
    tool: 'explain',
    cell_id: '',
    notebook_id: '',
    started: 1,
    first_output: 2,
    finished: 3,
    asked_seconds: 0,
    receipt: null,
    spent: null,
    rated: false,
    reused: false,
    ...more
  };
}

export function prediction(more: Partial<PredictionView> = {}): PredictionView {
  return { seq: 1, source: 'chat', cell_id: '', text_length: 4, files: [], words: [], tools: [], ...more };
}

export const HUNK: HunkView = {
  id: 'a.py:1',
  header: '@@ -4,4 +4,3 @@',
  lines: [' def f():', '-    old()', '-    older()', '+    new()', ' ', ''],
  ticked: true,
  why: '',
  more: 0
};
export const LOOSE: HunkView = {
  ...HUNK,
  id: 'a.py:2',
  header: 'cell 2',
  lines: ['-x', '+y'],
  ticked: false,
  why: 'a comment'
};

export function change(more: Partial<ChangeView> = {}): ChangeView {
  return {
    turn: 't1',
    title: 'rename old to new',
    state: 'proposed',
    busy: false,
    applicable: true,
    steps: ['rename symbol old to new'],
    files: [{ path: 'a.py', old_path: '', kind: 'changed', live: false, blocked: '', hunks: [HUNK, LOOSE] }],
    notes: [],
    blocked: [],
    problem: '',
    candidates: [],
    fixes: [],
    message: '',
    transaction: '',
    ...more
  };
}
