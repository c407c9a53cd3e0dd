/** Cut a long answer into parts that can be rendered each by itself: what has grown is rendered anew, not the whole. */

/** Characters after which a part ends at the next place where it may without being seen. */
const LONG = 1500;

/** Characters after which a table, list or paragraph goes on in a part of its own: none takes the page for long. */
const LONGEST = 6000;

/** Characters of a block of code, and of one line in it, that are highlighted at most: it takes 3 ms for a thousand. */
const LONG_CODE = 12_000;
const LONG_LINE = 2000;

/** What reaches across blank lines. */
const HTML = /^ {0,3}<[a-z!/]/i;

/** Where a link or note is defined; it may be named anywhere. */
const DEFINITION = /^ {0,3}\[([^\]\n]+)\]:/;

/** A line that goes on with a list or a quotation, however many blank lines stand before it. */
const CONTINUES = /^(?:[ \t>]|[-*+](?:\s|$)|\d+(?:[.)]|$))/;

/** What makes a heading of the line before it, or the head of a table. */
const UNDERLINE = /^ {0,3}[|:=-][\s|:=-]*$/;

export interface IPart {
  /** What stands in the answer. */
  text: string;
  /** What has to stand before it so that it reads alone: links that it names, the head of its table. */
  head: string;
  /** The code, where the part is a block too long to be highlighted; else null. */
  code: string | null;
}

/** The parts of an answer in Markdown; their texts joined are the answer. */
export function partsOf(markdown: string): IPart[] {
  const parts: IPart[] = [];
  const links = new Map<string, string>();
  let text = '';
  let head = '';
  let fence = '';
  /** Where in the text the open block of code begins, and whether it is too long to be highlighted. */
  let begins = 0;
  let plain = false;
  let html = false;
  let table = '';
  let before = '\n';
  const end = (code: string | null = null): void => {
    if (text !== '') {
      parts.push({ text, head, code });
    }
    text = head = '';
  };
  for (const line of markdown.split(/(?<=\n)/)) {
    if (fence === '') {
      const blank = before.trim() === '';
      html ||= HTML.test(line);
      table = line.includes('|') ? table : '';
      if (mayEnd(line, blank, text.length, html)) {
        end();
        head = table;
      }
      if (table === '' && UNDERLINE.test(line) && line.includes('|') && before.includes('|')) {
        table = before + line;
      }
      const label = DEFINITION.exec(line)?.[1];
      if (label !== undefined) {
        links.set(label.toLowerCase(), line.endsWith('\n') ? line : `${line}\n`);
      }
      begins = text.length;
    }
    const inside = fence;
    fence = fenceAfter(fence, line);
    text += line;
    const code = inside + fence !== '' && !(inside + fence).startsWith('$');
    if (code && !plain && (text.length - begins > LONG_CODE || line.length > LONG_LINE)) {
      const block = text.slice(begins);
      text = text.slice(0, begins);
      end();
      text = block;
      plain = true;
    }
    if (plain && fence === '') {
      end(codeIn(text));
      plain = false;
    }
    before = line;
  }
  if (text !== '' || parts.length === 0) {
    parts.push({ text, head, code: plain ? codeIn(text) : null });
  }
  return links.size === 0 || parts.length === 1 ? parts : parts.map(part => withLinks(part, links));
}

/** Whether a part of so many characters ends before a line outside code and formulas. */
function mayEnd(line: string, blank: boolean, length: number, html: boolean): boolean {
  if (length < LONG || line.trim() === '' || DEFINITION.test(line) || UNDERLINE.test(line)) {
    return false;
  }
  if (length >= LONGEST && (blank || !html) && (/^\S/.test(line) || length >= 4 * LONGEST)) {
    return true;
  }
  return blank && !html && !CONTINUES.test(line);
}

function withLinks(part: IPart, links: ReadonlyMap<string, string>): IPart {
  const named = new Set(Array.from(part.text.matchAll(/\[([^\]\n]+)\]/g), ([, label = '']) => label.toLowerCase()));
  const missing = [...named].map(label => links.get(label) ?? '').filter(line => !part.text.includes(line.trimEnd()));
  return missing.length === 0 ? part : { ...part, head: `${missing.join('')}\n${part.head}` };
}

/** The code of a block between its fences. */
function codeIn(block: string): string {
  const lines = block.split(/(?<=\n)/);
  const [first = '', ...rest] = lines;
  const last = rest.at(-1) ?? '';
  const fence = /^\s*(`{3,}|~{3,})/.exec(first)?.[1] ?? '';
  const code = fenceAfter(fence, last) === '' ? rest.slice(0, -1) : rest;
  const indent = first.length - first.trimStart().length;
  return code.map(line => line.replace(new RegExp(`^[ \\t]{0,${indent}}`), '')).join('');
}

/** The fence that is open after a line, of code or of a formula; empty if none is. */
function fenceAfter(fence: string, line: string): string {
  const mark = /^\s*(`{3,}|~{3,}|\$\$)/.exec(line)?.[1] ?? '';
  if (fence === '') {
    const closed = mark === '$$' && line.trim().length > 2 && line.trim().endsWith('$$');
    return closed || (mark.startsWith('`') && line.trim().slice(mark.length).includes('`')) ? '' : mark;
  }
  if (fence === '$$') {
    return line.trim().endsWith('$$') ? '' : fence;
  }
  return mark.startsWith(fence) && line.trim() === mark ? '' : fence;
}
