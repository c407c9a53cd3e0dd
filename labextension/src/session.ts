/** One conversation: the kernel's picture of it, what is on the way, what a person can do. Knows neither DOM nor comm. */

import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import { UUID } from '@lumino/coreutils';
import { ended, merge, partsIn, turnsOf, withEarlier } from './picture';
import type {
  Attachment,
  CellsAsked,
  CompletionItem,
  FileMessage,
  FrontMessage,
  KernelMessage,
  PredictionView,
  SessionView,
  SettingValue,
  TurnView
} from './protocol';
import { FILE_PATIENCE, Replies } from './replies';
import { lost, missed, pendingOf, unsettled } from './requests';
import type { IPending, IProblem, ISubmission } from './requests';
import { newestSeq } from './typing';
import type { Connection, IWire } from './wire';

export type SessionPart = keyof SessionView | 'connection' | 'pending' | 'problem' | 'attachments' | 'proposal';

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

  /** Emits what the kernel asks of the open notebooks; `CellKeeper` answers. */
  get cellsAsked(): ISignal<Session, CellsAsked> {
    return this._cellsAsked;
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

  /** The conversation on the screen of a notebook. */
  turnsOf(notebookId: string): readonly TurnView[] {
    return turnsOf(this.turns, notebookId);
  }

  /** The answer that is being made for a notebook. */
  runningIn(notebookId: string): TurnView | undefined {
    return this.turnsOf(notebookId).find(turn => turn.state === 'running');
  }

  /** What is expected of the text being typed now; nothing once it was sent. */
  get prediction(): PredictionView | undefined {
    const { prediction } = this._view;
    return prediction === undefined || prediction.seq <= this._sentSeq ? undefined : prediction;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  send(message: FrontMessage): boolean {
    return !this._isDisposed && this.wire.send(message);
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
      this._pending = [...this._pending, pendingOf(request, submission)];
      this._problem = null;
      this.typedBecameRequest();
      this._emit('pending', 'problem');
    }
    return sent;
  }

  /** What is shown of the prediction depends on the settings too, which have changed. */
  drawAgain(): void {
    this._emit('prediction');
  }

  /** What was typed so far has become a request: nothing is to be expected of it any more, even if it comes late. */
  typedBecameRequest(): void {
    this._sentSeq = Math.max(this._sentSeq, newestSeq());
    this._emit('prediction');
  }

  /** A lost request is sent once more, or given up. */
  resend(pending: IPending, again: boolean): void {
    if (!again || this.submit({ ...pending, source: 'chat', attachments: [...pending.attachments] })) {
      this._pending = this._pending.filter(each => each !== pending);
      this._emit('pending');
    }
  }

  cancel(turn: string): void {
    this.send({ type: 'cancel', turn });
  }

  choose(question: string, option: string, text: string): void {
    this.send({ type: 'choose', question, option, text });
  }

  /** An empty turn rates the session; without a mark it says that the person does not want to. */
  rate(turn: string, fast: number | null, smooth: number | null, anticipated: number | null): void {
    this.send({ type: 'rate', turn, fast, smooth, anticipated });
    if (turn !== '') {
      this._apply(this.turns.map(each => (each.id === turn ? { ...each, rated: true } : each)));
    } else {
      this._view = { ...this._view, ask_session: false };
      this._emit('ask_session');
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

  /** Begin anew on the screen of a notebook, also on other pages and after a restart. */
  clear(notebookId: string): void {
    this.send({ type: 'clear', notebook_id: notebookId });
    this._pending = this._pending.filter(each => each.notebookId !== notebookId);
    this._problem = null;
    const cleared = new Set(this.turnsOf(notebookId));
    this._earlier = this._earlier.filter(turn => turn.notebook_id !== notebookId && turn.notebook_id !== '');
    this._apply(this.turns.filter(turn => !cleared.has(turn)));
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

  /** Put a text into the chat box, to be changed and sent by the person; an `…` in it is where they write. */
  propose(text: string): void {
    this._proposal = text;
    this._emit('proposal');
  }

  /** The proposed text, once. */
  takeProposal(): string {
    const proposal = this._proposal;
    this._proposal = '';
    return proposal;
  }

  forgetProblem(): void {
    this._problem = null;
    this._emit('problem');
  }

  /** What can follow an `@`; empty if aborted, or if the kernel went away. */
  complete(prefix: string, signal: AbortSignal): Promise<CompletionItem[]> {
    return this._completions.ask(request => this.send({ type: 'complete', request, prefix }), signal);
  }

  /** A file of the project, its path relative to a notebook's folder or to the root; null if the kernel is silent. */
  readFile(path: string, notebook = ''): Promise<FileMessage | null> {
    return this._files.ask(request => this.send({ type: 'read_file', request, path, notebook }));
  }

  /** The ledger's report as Markdown; empty if the kernel went away. */
  askLedger(): Promise<string> {
    return this._ledgers.ask(request => this.send({ type: 'ask_ledger', request }));
  }

  /** The text of what a turn proposes; empty if there is none to change, or if the kernel went away. */
  askPlan(turn: string): Promise<string> {
    return this._plans.ask(request => this.send({ type: 'ask_plan', request, turn }));
  }

  /** Propose what the changed text says; the card of the change shows what comes of it. */
  revisePlan(turn: string, text: string): void {
    this.send({ type: 'revise_plan', turn, text });
  }

  /** Ask which models there are; the picture's `models` answers. */
  offerModels(): void {
    this.send({ type: 'offer_models' });
  }

  /** This model answers from now on; `off` means none. */
  pickModel(name: string): void {
    this.send({ type: 'pick_model', name });
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._waiting.forEach(each => each.end());
    this.wire.connectionChanged.disconnect(this._onConnection, this);
    this.wire.received.disconnect(this._onMessage, this);
    this.wire.dispose();
    Signal.clearData(this);
  }

  private _onConnection(_: IWire, connection: Connection): void {
    if (connection.state !== 'connected') {
      this._pending = lost(this._pending); // its answer, if any, comes back with the next picture
      this._waiting.forEach(each => each.end());
    }
    this._emit('connection', 'pending');
  }

  private _onMessage(_: IWire, message: KernelMessage): void {
    switch (message.type) {
      case 'welcome':
        this._greeted = true;
        return;
      case 'view':
        this._renew(message.view);
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
        this._completions.reply(message.request, message.items);
        return;
      case 'ledger':
        this._ledgers.reply(message.request, message.markdown);
        return;
      case 'plan':
        this._plans.reply(message.request, message.text);
        return;
      case 'file':
        this._files.reply(message.request, message);
        return;
      case 'list_notebooks':
      case 'edit_cells':
        this._cellsAsked.emit(message);
        return;
      case 'error':
        this._waiting.forEach(each => each.reply(message.request));
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

  /** A whole picture: the first after a greeting, or once more because what was on screen is no longer true. */
  private _renew(view: SessionView): void {
    if (this._greeted) {
      this._greeted = false;
      this._pending = missed(this._pending, view.turns ?? [], this.turns);
      this._earlier = this._view.session === view.session ? this._earlier : ended(this.turns);
      this._sentSeq = view.prediction?.seq ?? 0; // nobody is typing on a page that has just opened
    } else {
      // Where a notebook has no turns any more, it was cleared: on this page or on another.
      this._earlier = this._earlier.filter(old => view.turns?.some(turn => turn.notebook_id === old.notebook_id));
    }
    this._view = withEarlier(view, this._earlier);
    this._settle();
    this._emit(...(Object.keys(this._view) as SessionPart[]), 'turns', 'pending');
  }

  private _merge(part: SessionView): void {
    const before = this.turns.length;
    this._view = merge(this._view, part);
    const asked = this.turns.length > before;
    const over = part.enabled === false || (asked && part.prediction === undefined);
    if (over) {
      this._sentSeq = this._view.prediction?.seq ?? 0; // its text has become this request, or is not watched any more
    }
    this._settle();
    this._emit(...partsIn(part), ...(asked || over ? (['prediction'] as const) : []));
  }

  /** A pending request ends when its turn is in the picture. */
  private _settle(): void {
    const open = unsettled(this._pending, this.turns);
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
  /** What was on screen when the kernel session before this one ended. */
  private _earlier: readonly TurnView[] = [];
  /** Whether the first whole picture is still to come. */
  private _greeted = true;
  /** The newest prediction whose text has become a request. */
  private _sentSeq = 0;
  private _pending: readonly IPending[] = [];
  private _problem: IProblem | null = null;
  private _proposal = '';
  private _attachments: readonly Attachment[] = [];
  private readonly _completions = new Replies<CompletionItem[]>([]);
  private readonly _plans = new Replies<string>('');
  private readonly _files = new Replies<FileMessage | null>(null, FILE_PATIENCE);
  private readonly _ledgers = new Replies<string>('');
  private readonly _waiting = [this._completions, this._plans, this._files, this._ledgers];
  private _isDisposed = false;
  private readonly _cellsAsked = new Signal<Session, CellsAsked>(this);
  private readonly _changed = new Signal<Session, ReadonlySet<SessionPart>>(this);
}
