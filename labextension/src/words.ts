/**
 * The words of one language: those of the extension (`trans`), those of the kernel (`tell`), and numbers.
 *
 * The kernel speaks English, to every screen alike. What it says is a closed set of sentences (`sentences/`); here a
 * sentence is recognised, with what was put into it, and said again by JupyterLab's translator. So nothing of it goes
 * over the wire, and what an answer, a database or a child process kept as text is translated too. What is not
 * recognised stays as it is: answers, names, and what a model says.
 */

import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import { edit } from './sentences/edit';
import { grounds } from './sentences/grounds';
import { python } from './sentences/python';
import { talk } from './sentences/talk';

const DOMAIN = 'codemaestro';

/** A sentence as translators see it, `%1` for what is put in; `many` where `%1` is a number that is not one. */
export interface ISentence {
  one: string;
  many: string;
}

/** What marks the sentences of a table, named as the tools of translators look for it. */
export interface IMarker {
  __(one: string): ISentence;
  _n(one: string, many: string, count: number): ISentence;
}

const MARKER: IMarker = { __: one => ({ one, many: '' }), _n: (one, many) => ({ one, many }) };

/** Who says it in another language. */
interface ISpeaker {
  readonly trans: TranslationBundle;
  readonly number: (value: number) => string;
}

/** What a text was recognised as: how much of it is ours, and how it is said in another language. */
interface IReading {
  weight: number;
  say(speaker: ISpeaker): string;
}

interface IPattern {
  /** A part of every text that can match: looked for first, because it is cheap. */
  part: string;
  weight: number;
  form: RegExp;
  /** Numbers of what is put in, as the groups of `form` come. */
  slots: number[];
  sentence: ISentence;
}

export class Words {
  constructor(translator: ITranslator) {
    this.trans = translator.load(DOMAIN);
    this._language = translator.languageCode;
    this.foreign = this._language !== 'en';
  }

  /** Whether it is another language than the kernel's. */
  readonly foreign: boolean;

  /** The strings of the extension. */
  readonly trans: TranslationBundle;

  /** A sentence of the kernel in the person's language; what is none stays as it is. */
  readonly tell = (text: string): string => {
    if (!this.foreign || text === '') {
      return text;
    }
    let told = this._told.get(text);
    if (told === undefined) {
      told = read(text)?.say(this) ?? text;
      if (this._told.size >= KEPT) {
        this._told.clear();
      }
      this._told.set(text, told);
    }
    return told;
  };

  /** The kernel's remarks in an answer: lines of their own, set off from what the answer says. */
  readonly tellRemarks = (markdown: string): string =>
    this._lines(markdown, (line, mark) => {
      const [, question = '', answer = ''] = ASKED.exec(line) ?? [];
      if (this.knows(question)) {
        return `*${this.tell(question)} → ${this.tell(answer)}*`;
      }
      return mark.length > 2 || mark === QUOTED || REMARK.test(line) ? this.tell(line) : line;
    });

  /** A report of the kernel, line by line, and its tables cell by cell. */
  readonly tellReport = (markdown: string): string =>
    this._lines(markdown, line =>
      line.startsWith('|') ? line.replace(/(?<=\| )(?:[^|\\]|\\.)+(?= \|)/g, this.tell) : this.tell(line)
    );

  /** A number as it is written in the person's language. */
  readonly number = (value: number, digits?: number): string =>
    value.toLocaleString(this._language.replace('_', '-'), {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits
    });

  /** Whether a text is, or begins with, a sentence of the kernel. */
  readonly knows = (text: string): boolean => read(text) !== null;

  private _lines(markdown: string, told: (line: string, mark: string) => string): string {
    if (!this.foreign) {
      return markdown;
    }
    let code = false;
    return markdown
      .split('\n')
      .map(line => {
        code = /^\s*(`{3,}|~{3,})/.test(line) ? !code : code;
        const [mark = ''] = /^(?:> |- (?:[⚠✓✗→] )?)/.exec(line) ?? [];
        return code ? line : mark + told(line.slice(mark.length), mark);
      })
      .join('\n');
  }

  private readonly _language: string;
  private readonly _told = new Map<string, string>();
}

const KEPT = 2000;
/** Begins what is said before an answer: why it is made without the model that was to make it. */
const QUOTED = '> ';
/** Lines that are emphasised as a whole, or begin strong and go on; findings. */
const REMARK = /^(?:\*[^*].*\*|\*\*[^*]+\*\*.*|in a copy, .*|.* worked out once)$/;
/** What was asked on the way to an answer, and what the person chose. */
const ASKED = /^\*([^*]+) → ([^*]+)\*$/;
/** Longer texts are no sentences. */
const LONGEST = 2000;
/** Places at which a text can be parted: the last ones, if it has more. */
const MOST_JOINTS = 16;
/** How deep sentences stand in sentences: a step's error in the problem of a plan. */
const DEPTH = 4;

let patterns: IPattern[] | null = null;

/** The sentences, each with the form by which it is recognised; made when the first is needed. */
function known(): IPattern[] {
  patterns ??= [talk, edit, python, grounds].flatMap(table =>
    table(MARKER).flatMap(sentence =>
      [sentence.one, ...(sentence.many === '' ? [] : [sentence.many])].map(form => pattern(form, sentence))
    )
  );
  return patterns;
}

function pattern(template: string, sentence: ISentence): IPattern {
  const slots: number[] = [];
  let weight = 0;
  let part = '';
  const form = template
    .split(/%(\d)/)
    .map((piece, place) => {
      if (place % 2 === 0) {
        const text = piece.replaceAll('%%', '%');
        weight += text.length;
        part = text.length > part.length ? text : part;
        return text.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&');
      }
      const number = Number(piece);
      if (slots.includes(number)) {
        return `\\${slots.indexOf(number) + 1}`;
      }
      slots.push(number);
      return sentence.many !== '' && number === 1 ? '(\\d[\\d,]*)' : '(.*?)';
    })
    .join('');
  return { part, weight, form: new RegExp(`^${form}$`, 's'), slots, sentence };
}

/** The reading that explains most of a text, as one sentence or several; null where nothing of it is ours. */
export function read(text: string): IReading | null {
  return text.length > LONGEST ? null : parts(text, 0, new Map());
}

/** What was read before of the same text, by how deep it stands and what it says. */
type Memory = Map<string, IReading | null>;

function parts(text: string, depth: number, memory: Memory): IReading | null {
  if (depth > DEPTH) {
    return null;
  }
  // Only what is put into a sentence may be a list of ours.
  const joints = [...text.matchAll(depth === 0 ? /(?<=[.!?…;:]) |\n/g : /(?<=[.!?…;:]) |\n|, | and /g)].slice(
    -MOST_JOINTS
  );
  const starts = [0, ...joints.map(joint => joint.index + joint[0].length)];
  /** By start: how the text from there on reads best. */
  const best: IReading[] = [];
  for (let place = joints.length; place >= 0; place--) {
    best[place] = reading(text.slice(starts[place]), depth, memory);
    for (let next = place; next < joints.length; next++) {
      const rest = best[next + 1];
      const left = reading(text.slice(starts[place], joints[next]?.index), depth, memory);
      if (rest !== undefined && left.weight + rest.weight > (best[place]?.weight ?? 0)) {
        best[place] = joined(left, joints[next]?.[0] ?? '', rest);
      }
    }
  }
  return best[0] === undefined || best[0].weight === 0 ? null : best[0];
}

function reading(text: string, depth: number, memory: Memory): IReading {
  const key = `${depth} ${text}`;
  let found = memory.get(key);
  if (found === undefined) {
    found = asSentence(text, depth, memory);
    memory.set(key, found);
  }
  return found ?? { weight: 0, say: () => text };
}

function joined(left: IReading, joint: string, right: IReading): IReading {
  return {
    weight: left.weight + right.weight,
    say: speaker =>
      joint === ' and '
        ? speaker.trans.__('%1 and %2', left.say(speaker), right.say(speaker))
        : left.say(speaker) + joint + right.say(speaker)
  };
}

/** The one sentence that explains most of a text, what is put into it included. */
function asSentence(text: string, depth: number, memory: Memory): IReading | null {
  let best: IReading | null = null;
  for (const { part, weight, form, slots, sentence } of known()) {
    const groups = text.includes(part) ? form.exec(text) : null;
    if (groups === null) {
      continue;
    }
    const values: (IReading | null)[] = [];
    const texts: string[] = [];
    slots.forEach((number, place) => {
      texts[number - 1] = groups[place + 1] ?? '';
    });
    texts.forEach((value, place) => {
      values[place] = value.includes(' ') && value !== text ? parts(value, depth + 1, memory) : null;
    });
    // One sentence rather than one in another, and rather at its end than at its beginning.
    const whole = values.reduce((sum, value) => sum + (value === null ? 0 : value.weight - 1), weight);
    const heavy = (values[0] ?? null) !== null && sentence.one.startsWith('%') ? whole - 0.5 : whole;
    if (heavy > (best?.weight ?? 0)) {
      best = { weight: heavy, say: speaker => say(speaker, sentence, texts, values) };
    }
  }
  return best;
}

function say(speaker: ISpeaker, { one, many }: ISentence, texts: string[], values: (IReading | null)[]): string {
  const { trans, number } = speaker;
  const told = texts.map((text, place) => values[place]?.say(speaker) ?? grouped(text, number));
  if (many === '') {
    return trans.__(one, ...told);
  }
  const [count = '1', ...rest] = told;
  return trans._n(one, many, Number((texts[0] ?? count).replaceAll(',', '')), ...rest);
}

/** A large number, as the language groups its digits. */
function grouped(text: string, number: (value: number) => string): string {
  return /^\d{1,3}(?:,\d{3})+$/.test(text) ? number(Number(text.replaceAll(',', ''))) : text;
}
