/**
 * The wire between front end and kernel: one form a message, checked as it comes in.
 *
 * Mirrors `codemaestro_jupyter/jupyter/protocol.py`; one example of each message stands in `tests/contract/<type>.json`,
 * read by pytest and jest alike. The TypeScript types are derived from the forms, so neither can drift from the other.
 * Unknown keys are left alone, so that an older front end can talk to a newer kernel. What a form gains is `since` then,
 * with what an older kernel is taken to mean by its silence; where there is no such thing, `PROTOCOL` rises, and each side
 * says so instead of dropping what it cannot read. `tests/contract/earlier/` holds the least that is said under each number.
 */

export const TARGET = 'codemaestro';
export const PROTOCOL = 1;

/** A type guard that can be composed. */
export type Form<T> = (value: unknown) => value is T;
export type Of<F> = F extends Form<infer T> ? T : never;

const text: Form<string> = (value): value is string => typeof value === 'string';
const number: Form<number> = (value): value is number => typeof value === 'number' && Number.isFinite(value);
const flag: Form<boolean> = (value): value is boolean => typeof value === 'boolean';
const nothing: Form<null> = (value): value is null => value === null;

function oneOf<const T extends readonly string[]>(...names: T): Form<T[number]> {
  return (value): value is T[number] => typeof value === 'string' && names.includes(value);
}

function list<T>(item: Form<T>): Form<T[]> {
  return (value): value is T[] => Array.isArray(value) && value.every(item);
}

function either<A, B>(a: Form<A>, b: Form<B>): Form<A | B> {
  return (value): value is A | B => a(value) || b(value);
}

type Fields = Record<string, Form<unknown>>;
type Shape<F extends Fields> = { [K in keyof F]: Of<F[K]> };

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field that came after others of its form: a kernel from before leaves it out, and means this. */
function since<T>(form: Form<T>, otherwise: T & (string | number | null)): Form<T> {
  return Object.assign((value: unknown): value is T => form(value), { otherwise });
}

/** What was left out is put into the value itself, which came over the wire and is nobody else's. */
function object<F extends Fields>(fields: F): Form<Shape<F>> {
  const later = Object.entries(fields).flatMap(([name, form]) => ('otherwise' in form ? [[name, form.otherwise]] : []));
  const meant = Object.fromEntries(later) as Record<string, unknown>;
  return (value): value is Shape<F> => {
    if (!isObject(value)) {
      return false;
    }
    for (const name in meant) {
      if (!(name in value)) {
        value[name] = meant[name];
      }
    }
    return Object.entries(fields).every(([name, form]) => form(value[name]));
  };
}

function partial<F extends Fields>(fields: F): Form<Partial<Shape<F>>> {
  return (value): value is Partial<Shape<F>> =>
    isObject(value) && Object.entries(fields).every(([name, form]) => !(name in value) || form(value[name]));
}

// -- the picture of a session (view.py) ---------------------------------------------------------------

const source = oneOf('cell', 'chat');
const stage = oneOf('INTENT', 'SCOPE', 'IMPLEMENTATION', 'READY');

const stageView = object({ stage, message: text, progress: number });
const fileView = object({ path: text, probability: number, why: list(text), prepared: flag });
const toolView = object({ tool: text, probability: number, argument: text });
const predictionView = object({
  seq: number,
  source: text,
  cell_id: text,
  text_length: number,
  files: list(fileView),
  words: list(text),
  tools: list(toolView)
});
const preparationView = object({
  kind: text,
  subject: text,
  label: text,
  state: oneOf('queued', 'running', 'ready', 'used', 'cancelled', 'failed'),
  version: number,
  seconds: number
});
const optionView = object({ id: text, label: text, probability: number, ready: flag });
const questionView = object({ id: text, turn: text, stage, text, options: list(optionView) });
const receiptView = object({
  prepared: number,
  used: number,
  wasted: number,
  saved_seconds: number,
  waited_seconds: number,
  said: text
});
const spentView = object({
  model: text,
  local: flag,
  tokens: number,
  estimated: flag,
  cached: number,
  dollars: number
});
const turnView = object({
  id: text,
  request: text,
  markdown: text,
  state: oneOf('running', 'done', 'cancelled', 'failed'),
  tool: text,
  cell_id: text,
  notebook_id: text,
  started: number,
  first_output: number,
  finished: number,
  asked_seconds: since(number, 0),
  receipt: either(receiptView, nothing),
  spent: since(either(spentView, nothing), null),
  rated: flag,
  reused: flag
});
const indexView = object({ state: oneOf('listing', 'indexing', 'ready', 'failed'), done: number, total: number });
const failureView = object({ kind: text, title: text, cell_id: text });
const ledgerView = object({
  prepared: number,
  used: number,
  wasted: number,
  saved_seconds: number,
  tokens: number,
  dollars: number
});
const modelView = object({ name: text, local: flag });
const consentView = object({ provider: text, question: text });
const noticeView = object({ level: oneOf('info', 'warning', 'error'), message: text, hint: text });
const hunkView = object({ id: text, header: text, lines: list(text), ticked: flag, why: text, more: since(number, 0) });
const fileChangeView = object({
  path: text,
  old_path: text,
  kind: oneOf('changed', 'created', 'deleted', 'moved'),
  live: flag,
  blocked: since(text, ''),
  hunks: list(hunkView)
});
const changeView = object({
  turn: text,
  title: text,
  state: oneOf('proposed', 'applied', 'undone', 'discarded'),
  busy: flag,
  applicable: flag,
  steps: list(text),
  files: list(fileChangeView),
  notes: list(text),
  blocked: list(text),
  problem: text,
  candidates: list(text),
  fixes: list(text),
  message: text,
  transaction: text
});
const changePart = object({
  turn: text,
  state: oneOf('proposed', 'applied', 'undone', 'discarded'),
  busy: flag,
  applicable: flag,
  blocked: list(text),
  fixes: list(text),
  message: text,
  transaction: text,
  taken: list(text),
  left: list(text),
  lines: list(object({ id: text, lines: list(text) }))
});
const sessionView = partial({
  session: text,
  root: text,
  enabled: flag,
  model: text,
  models: list(modelView),
  consent: either(consentView, nothing),
  stage: stageView,
  prediction: predictionView,
  suggestions: list(text),
  preparations: list(preparationView),
  question: either(questionView, nothing),
  earlier_questions: list(questionView),
  turns: list(turnView),
  changes: list(changeView),
  changed: list(changePart),
  index: indexView,
  failure: either(failureView, nothing),
  ledger: ledgerView,
  notices: list(noticeView),
  ask_rating: flag,
  ask_session: flag
});

export type StageView = Of<typeof stageView>;
export type FileView = Of<typeof fileView>;
export type PredictionView = Of<typeof predictionView>;
export type PreparationView = Of<typeof preparationView>;
export type QuestionView = Of<typeof questionView>;
export type ReceiptView = Of<typeof receiptView>;
export type SpentView = Of<typeof spentView>;
export type TurnView = Of<typeof turnView>;
export type HunkView = Of<typeof hunkView>;
export type FileChangeView = Of<typeof fileChangeView>;
export type ChangeView = Of<typeof changeView>;
export type ChangePart = Of<typeof changePart>;
export type IndexView = Of<typeof indexView>;
export type FailureView = Of<typeof failureView>;
export type LedgerView = Of<typeof ledgerView>;
export type ModelView = Of<typeof modelView>;
export type NoticeView = Of<typeof noticeView>;
export type SessionView = Of<typeof sessionView>;

// -- messages -----------------------------------------------------------------------------------------

const rating = either(number, nothing);
const attachment = object({ kind: oneOf('cell', 'error', 'file', 'variable'), name: text, text });
const wireCell = object({ id: text, kind: oneOf('code', 'markdown', 'raw'), source: text });
const wireNotebook = object({ path: text, writable: flag, cells: list(wireCell) });
const wireEdit = object({
  op: oneOf('insert', 'replace', 'delete', 'move'),
  cell_id: text,
  index: number,
  before: text,
  source: text,
  kind: oneOf('code', 'markdown', 'raw')
});
const completionItem = object({ label: text, kind: text, detail: text });

const FRONT = {
  hello: object({ type: oneOf('hello'), protocol: number, client: text, version: text }),
  user_typing: object({
    type: oneOf('user_typing'),
    source,
    notebook_id: text,
    cell_id: text,
    seq: number,
    text,
    cursor: number,
    timestamp: number
  }),
  notebook: object({
    type: oneOf('notebook'),
    notebook_id: text,
    path: text,
    formerly: text,
    active: text,
    cells: list(wireCell)
  }),
  submit: object({
    type: oneOf('submit'),
    request: text,
    text,
    source,
    notebook_id: text,
    cell_id: text,
    fresh: flag,
    attachments: list(attachment)
  }),
  cancel: object({ type: oneOf('cancel'), turn: text }),
  choose: object({ type: oneOf('choose'), question: text, option: text, text }),
  rate: object({ type: oneOf('rate'), turn: text, fast: rating, smooth: rating, anticipated: rating }),
  dismiss: object({ type: oneOf('dismiss'), path: text }),
  complete: object({ type: oneOf('complete'), request: text, prefix: text }),
  setting: object({ type: oneOf('setting'), name: text, value: either(either(flag, number), either(text, nothing)) }),
  offer_models: object({ type: oneOf('offer_models') }),
  pick_model: object({ type: oneOf('pick_model'), name: text }),
  give_consent: object({ type: oneOf('give_consent'), provider: text, allowed: flag }),
  ask_plan: object({ type: oneOf('ask_plan'), request: text, turn: text }),
  revise_plan: object({ type: oneOf('revise_plan'), turn: text, text }),
  read_file: object({ type: oneOf('read_file'), request: text, path: text, notebook: text }),
  ask_ledger: object({ type: oneOf('ask_ledger'), request: text }),
  clear: object({ type: oneOf('clear'), notebook_id: text }),
  change: object({
    type: oneOf('change'),
    turn: text,
    action: oneOf('apply', 'undo', 'redo', 'discard', 'again', 'fix', 'take', 'leave', 'show'),
    hunks: list(text),
    fix: number
  }),
  open_notebooks: object({
    type: oneOf('open_notebooks'),
    request: text,
    notebooks: list(wireNotebook),
    unsaved: list(text)
  }),
  cells_edited: object({ type: oneOf('cells_edited'), request: text, accepted: flag, reason: text })
};

const KERNEL = {
  welcome: object({ type: oneOf('welcome'), protocol: number, version: text, session: text }),
  view: object({ type: oneOf('view'), view: sessionView }),
  view_part: object({ type: oneOf('view_part'), view: sessionView }),
  preparation_status: object({
    type: oneOf('preparation_status'),
    seq: number,
    stage,
    message: text,
    loading: list(text),
    progress: number
  }),
  submitted: object({ type: oneOf('submitted'), request: text, turn: text }),
  completions: object({ type: oneOf('completions'), request: text, items: list(completionItem) }),
  plan: object({ type: oneOf('plan'), request: text, text }),
  file: object({ type: oneOf('file'), request: text, path: text, text, problem: text }),
  ledger: object({ type: oneOf('ledger'), request: text, markdown: text }),
  list_notebooks: object({ type: oneOf('list_notebooks'), request: text }),
  edit_cells: object({
    type: oneOf('edit_cells'),
    request: text,
    transaction: text,
    path: text,
    edits: list(wireEdit)
  }),
  error: object({ type: oneOf('error'), request: text, message: text, hint: text })
};

export type FrontMessage = { [K in keyof typeof FRONT]: Of<(typeof FRONT)[K]> }[keyof typeof FRONT];
export type KernelMessage = { [K in keyof typeof KERNEL]: Of<(typeof KERNEL)[K]> }[keyof typeof KERNEL];
export type UserTyping = Of<typeof FRONT.user_typing>;
export type NotebookOutline = Of<typeof FRONT.notebook>;
export type Attachment = Of<typeof attachment>;
export type ChangeAction = Of<typeof FRONT.change>['action'];
export type WireNotebook = Of<typeof wireNotebook>;
export type WireEdit = Of<typeof wireEdit>;
export type CellsAsked = Of<typeof KERNEL.list_notebooks> | Of<typeof KERNEL.edit_cells>;
export type WireCell = Of<typeof wireCell>;
export type FileMessage = Of<typeof KERNEL.file>;
export type CompletionItem = Of<typeof completionItem>;
export type SettingValue = Of<typeof FRONT.setting>['value'];

export const FRONT_FORMS: Readonly<Record<string, Form<FrontMessage>>> = FRONT;
export const KERNEL_FORMS: Readonly<Record<string, Form<KernelMessage>>> = KERNEL;

/** The message that comm data is, or null if it is none that this front end understands. */
export function decode(data: unknown): KernelMessage | null {
  if (!isObject(data) || typeof data.type !== 'string' || !Object.hasOwn(KERNEL_FORMS, data.type)) {
    return null;
  }
  const form = KERNEL_FORMS[data.type];
  return form?.(data) ? data : null;
}
