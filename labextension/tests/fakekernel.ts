/** A kernel as the bridge sees it, and its comms. */

import { Signal } from '@lumino/signaling';

export class Comm {
  opened: unknown = null;
  sent: unknown[] = [];
  modes: string[] = [];
  subshellId: string | null = null;
  subshellStarted = Promise.resolve();
  isDisposed = false;
  closed = false;
  onMsg: (message: { content: { data: unknown } }) => void = () => undefined;
  onClose: (message: { content: { data: unknown } }) => void = () => undefined;

  constructor(private readonly kernel: FakeKernel) {}

  get commsOverSubshells(): string {
    return this.modes[this.modes.length - 1] ?? 'perCommTarget';
  }
  set commsOverSubshells(mode: string) {
    this.modes.push(mode);
    this.subshellStarted = Promise.resolve();
    if (mode === 'perComm' && this.kernel.supportsSubshells) {
      setTimeout(() => (this.subshellId = 'sub'), this.kernel.kept + 20);
    }
  }
  open(data: unknown): void {
    this.opened = { data, subshell: this.subshellId };
  }
  send(data: unknown): void {
    this.sent.push(data);
  }
  close(): void {
    this.closed = this.isDisposed = true;
  }
  dispose(): void {
    this.isDisposed = true;
  }
  /** The kernel closes it. */
  end(data: unknown = {}): void {
    this.onClose({ content: { data } });
  }
  say(data: unknown): void {
    this.onMsg({ content: { data } });
  }
}

/** As much of a kernel connection as the bridge uses. */
export class FakeKernel {
  id = 'k1';
  isDisposed = false;
  supportsSubshells = true;
  status = 'idle';
  statusChanged = new Signal<FakeKernel, string>(this);
  iopubMessage = new Signal<FakeKernel, { header: object; content: object }>(this);
  connectionStatusChanged = new Signal<FakeKernel, string>(this);
  disposed = new Signal<FakeKernel, undefined>(this);
  comms: Comm[] = [];
  reconnected = 0;
  /** How long JupyterLab keeps what the kernel is sent (milliseconds). */
  kept = 0;
  executed: Record<string, unknown>[] = [];
  commInfo: Record<string, unknown> = {};
  target: (() => void) | null = null;

  constructor(
    private readonly language: string,
    private readonly answer: (kernel: FakeKernel) => unknown
  ) {}

  /** What the process with a session id tells about itself. */
  tells(session: string, ...states: string[]): void {
    for (const execution_state of states) {
      this.iopubMessage.emit({ header: { msg_type: 'status', session }, content: { execution_state } });
    }
  }
  get info(): Promise<unknown> {
    return Promise.resolve({ language_info: { name: this.language } });
  }
  /** As the real one: it has been asked for its info when this ends. */
  reconnect(): Promise<void> {
    this.reconnected++;
    return Promise.resolve();
  }
  registerCommTarget(_: string, callback: () => void): void {
    this.target = callback;
  }
  removeCommTarget(_: string, callback: () => void): void {
    if (this.target === callback) {
      this.target = null;
    }
  }
  createComm(): Comm {
    const comm = new Comm(this);
    this.comms.push(comm);
    return comm;
  }
  requestExecute(content: Record<string, unknown>): { done: Promise<unknown> } {
    this.executed.push(content);
    const result = this.answer(this);
    return { done: Promise.resolve({ content: { status: 'ok', user_expressions: { codemaestro: result } } }) };
  }
  requestCommInfo(): Promise<unknown> {
    return Promise.resolve({ content: { status: 'ok', comms: this.commInfo } });
  }
}
