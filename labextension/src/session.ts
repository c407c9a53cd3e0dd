/**
 * One conversation: the kernel's picture of it, what is on the way, and what a person can do. Holds state and signals,
 * and neither DOM nor comm.
 */

import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import { UUID } from '@lumino/coreutils';
import type {
  Attachment,
  CompletionItem,
  FrontMessage,
  KernelMessage,
  NotebookOutline,
  PredictionView,
  SessionView,
  SettingValue,
  TurnView
} from './protocol';

/** How the kernel can be reached, as the panel tells it. */
export type Connection =
  | { state: 'starting' }
  | { state: 'connected' }
  | { state: 'absent' }
  | { state: 'unloaded' }
  | { state: 'foreign'; language: string }
  | { state: 'failed'; message: string; hint: string }
  | { state: 'lost' };

/** The way to the kernel; `Bridge` is the real one, tests hand in their own. */
export interface IWire extends IDisposable {
  readonly connection: Connection;
  readonly connectionChanged: ISignal<IWire, Connection>;
  readonly received: ISignal<IWire, KernelMessage>;
  /** Send now, or return false if nobody listens. */
  send(message: FrontMessage): boolean;
  /** Load CodeMaestro in the kernel, on the person's word. */
  load(): Promise<void>;
}

/** A request that has no turn of the kernel's yet. */
export interface IPending {
  request: string;
  text: string;
  turn: string;
}

export interface IProblem {
  message: string;
  hint: string;
}

export type SessionPart = keyof SessionView | 'connection' | 'pending' | 'problem' | 'attachments';

export interface ISubmission {
  text: string;
  source: 'cell' | 'chat';
  notebookId: string;
  cellId?: string;
  fresh?: boolean;
  attachments?: Attachment[];
}

/** A whole picture with a part of it replaced; `turns` are matched by id, new ones follow the old. */
export function merge(view: SessionView, part: SessionView): SessionView {
  const merged: SessionView = { ...view, ...part };
  if (part.turns !== undefined && view.turns !== undefined) {
    const changed = new Map(part.turns.map(turn => [turn.id, turn]));
    const known = new Set(view.turns.map(turn => turn.id));
    merged.turns = [
      ...view.turns.map(turn => changed.get(turn.id) ?? turn),
      ...part.turns.filter(turn => !known.has(turn.id))
    ];
  }
  return merged;
}

/** The first picture of a kernel session, with the conversation of the one before it, if that was another. */
export function succeed(before: SessionView, view: SessionView): SessionView {
  if (before.turns === undefined || before.session === view.session) {
    return view;
  }
  const known = new Set(view.turns?.map(turn => turn.id));
  const kept = before.turns
    .filter(turn => !known.has(turn.id))
    .map(turn => (turn.state === 'running' ? { ...turn, state: 'cancelled' as const } : turn));
  return { ...view, turns: [...kept, ...(view.turns ?? [])] };
}

export class Session implements IDisposable {
  constructor(
    readonly kernelId: string,
    private readonly wire: IWire
  ) {
    wire.connectionChanged.connect(this._onConnection, this);
    wire.received.connect(this._onMessage, this);
  }

  /** Emits the parts that changed. */
  get changed(): ISignal<Session, ReadonlySet<SessionPart>> {
    return this._changed;
  }

  get view(): SessionView {
    return this._view;
  }

  get connection(): Connection {
    return this.wire.connection;
  }

  get connected(): boolean {
    return this.connection.state === 'connected';
  }

  get pending(): readonly IPending[] {
    return this._pending;
  }

  get problem(): IProblem | null {
    return this._problem;
  }

  get attachments(): readonly Attachment[] {
    return this._attachments;
  }

  get turns(): readonly TurnView[] {
    return this._view.turns ?? [];
  }

  /** What is expected of the text being typed now; nothing once it was sent. */
  get prediction(): PredictionView | undefined {
    const { prediction } = this._view;
    return prediction === undefined || prediction.seq <= this._sentSeq ? undefined : prediction;
  }

  get running(): TurnView | undefined {
    return this.turns.find(turn => turn.state === 'running');
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  send(message: FrontMessage): boolean {
    return !this._isDisposed && this.wire.send(message);
  }

  outline(outline: NotebookOutline): boolean {
    return this.send(outline);
  }

  /** Send a request; false (and a problem to show) if nobody can take it. The text is then still the person's. */
  submit(submission: ISubmission): boolean {
    const request = UUID.uuid4();
    const sent = this.send({
      type: 'submit',
      request,
      text: submission.text,
      source: submission.source,
      notebook_id: submission.notebookId,
      cell_id: submission.cellId ?? '',
      fresh: submission.fresh ?? false,
      attachments: submission.attachments ?? []
    });
    if (sent) {
      this._pending = [...this._pending, { request, text: submission.text, turn: '' }];
      this._problem = null;
      this._emit('pending', 'problem');
    }
    return sent;
  }

  cancel(turn: string): void {
    this.send({ type: 'cancel', turn });
  }

  choose(question: string, option: string, text: string): void {
    this.send({ type: 'choose', question, option, text });
  }

  rate(turn: string, fast: number | null, smooth: number | null, anticipated: number | null): void {
    this.send({ type: 'rate', turn, fast, smooth, anticipated });
    if (turn !== '') {
      this._apply(this.turns.map(each => (each.id === turn ? { ...each, rated: true } : each)));
    }
  }

  /** The file disappears at once; the kernel learns that it was a wrong guess. */
  dismiss(path: string): void {
    this.send({ type: 'dismiss', path });
    const { prediction } = this._view;
    if (prediction) {
      const files = prediction.files.filter(file => file.path !== path);
      this._view = { ...this._view, prediction: { ...prediction, files } };
      this._emit('prediction');
    }
  }

  setting(name: string, value: SettingValue): void {
    this.send({ type: 'setting', name, value });
  }

  clear(): void {
    this.send({ type: 'clear' });
    this._pending = [];
    this._problem = null;
    this._apply([]);
    this._emit('pending', 'problem');
  }

  load(): Promise<void> {
    return this.wire.load();
  }

  attach(attachment: Attachment): void {
    const others = this._attachments.filter(each => each.kind !== attachment.kind || each.name !== attachment.name);
    this._attachments = [...others, attachment];
    this._emit('attachments');
  }

  detach(attachment: Attachment): void {
    this._attachments = this._attachments.filter(each => each !== attachment);
    this._emit('attachments');
  }

  /** The attachments of the request that is being sent; the next one begins without. */
  takeAttachments(): Attachment[] {
    const taken = [...this._attachments];
    this._attachments = [];
    this._emit('attachments');
    return taken;
  }

  forgetProblem(): void {
    this._problem = null;
    this._emit('problem');
  }

  /** What can follow an `@`; empty if aborted, or if the kernel says nothing within two seconds. */
  complete(prefix: string, signal: AbortSignal): Promise<CompletionItem[]> {
    const request = UUID.uuid4();
    return new Promise(resolve => {
      const finish = (items: CompletionItem[]): void => {
        window.clearTimeout(timer);
        this._completions.delete(request);
        resolve(items);
      };
      const timer = window.setTimeout(() => finish([]), 2000);
      signal.addEventListener('abort', () => finish([]), { once: true });
      this._completions.set(request, finish);
      if (signal.aborted || !this.send({ type: 'complete', request, prefix })) {
        finish([]);
      }
    });
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    for (const finish of [...this._completions.values()]) {
      finish([]);
    }
    this.wire.connectionChanged.disconnect(this._onConnection, this);
    this.wire.received.disconnect(this._onMessage, this);
    this.wire.dispose();
    Signal.clearData(this);
  }

  private _onConnection(_: IWire, connection: Connection): void {
    if (connection.state !== 'connected') {
      // What was on the way is lost with the kernel; its answer, if any, comes back with the next picture.
      this._pending = [];
    }
    this._emit('connection', 'pending');
  }

  private _onMessage(_: IWire, message: KernelMessage): void {
    switch (message.type) {
      case 'welcome':
        return;
      case 'view':
        this._view = succeed(this._view, message.view);
        this._sentSeq = message.view.prediction?.seq ?? 0; // nobody is typing on a page that has just opened
        this._pending = [];
        this._emit(...(Object.keys(this._view) as SessionPart[]), 'turns', 'pending');
        return;
      case 'view_part':
        this._merge(message.view);
        return;
      case 'preparation_status':
        this._view = merge(this._view, {
          stage: { stage: message.stage, message: message.message, progress: message.progress }
        });
        this._emit('stage');
        return;
      case 'submitted':
        this._pending = this._pending.map(each =>
          each.request === message.request ? { ...each, turn: message.turn } : each
        );
        this._settle();
        this._emit('pending');
        return;
      case 'completions':
        this._completions.get(message.request)?.(message.items);
        return;
      case 'error':
        this._completions.get(message.request)?.([]);
        this._pending = this._pending.filter(each => each.request !== message.request);
        this._problem = { message: message.message, hint: message.hint };
        this._emit('pending', 'problem');
        return;
      default: {
        const never: never = message;
        throw new Error(`Unknown message ${JSON.stringify(never)}`);
      }
    }
  }

  private _merge(part: SessionView): void {
    const before = this.turns.length;
    this._view = merge(this._view, part);
    const asked = this.turns.length > before;
    if (asked && part.prediction === undefined) {
      this._sentSeq = this._view.prediction?.seq ?? 0; // the text it was made for has become this request
    }
    this._settle();
    this._emit(...(Object.keys(part) as SessionPart[]), ...(asked ? (['prediction'] as const) : []));
  }

  /** A pending request ends when its turn is in the picture. */
  private _settle(): void {
    const known = new Set(this.turns.map(turn => turn.id));
    const open = this._pending.filter(each => !known.has(each.turn));
    if (open.length !== this._pending.length) {
      this._pending = open;
      this._emit('pending');
    }
  }

  private _apply(turns: TurnView[]): void {
    this._view = { ...this._view, turns };
    this._emit('turns');
  }

  private _emit(...parts: SessionPart[]): void {
    this._changed.emit(new Set(parts));
  }

  private _view: SessionView = {};
  /** The newest prediction whose text has become a request. */
  private _sentSeq = 0;
  private _pending: readonly IPending[] = [];
  private _problem: IProblem | null = null;
  private _attachments: readonly Attachment[] = [];
  private _completions = new Map<string, (items: CompletionItem[]) => void>();
  private _isDisposed = false;
  private readonly _changed = new Signal<Session, ReadonlySet<SessionPart>>(this);
}
