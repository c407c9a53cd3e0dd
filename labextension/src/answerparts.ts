/** Cut a long answer into parts that can be rendered each by itself: what has grown is rendered anew, not the whole. */

/** Characters after which a part ends at the next place where it may. */
const LONG = 1500;

/** What reaches across blank lines: definitions of links and notes, and HTML. */
const REACHING = /^ {0,3}(?:\[[^\]\n]+\]:|<[a-z!/])/i;

/** A line that goes on with a list or a quotation, however many blank lines stand before it. */
const CONTINUES = /^(?:[ \t>]|[-*+](?:\s|$)|\d+(?:[.)]|$))/;

/** The parts of an answer in Markdown, joined the answer itself; each can be read without the others. */
export function partsOf(markdown: string): string[] {
  const parts: string[] = [];
  let part = '';
  let fence = '';
  let blank = false;
  for (const line of markdown.split(/(?<=\n)/)) {
    if (fence === '' && REACHING.test(line)) {
      return [markdown];
    }
    if (fence === '' && blank && part.length >= LONG && line.trim() !== '' && !CONTINUES.test(line)) {
      parts.push(part);
      part = '';
    }
    fence = fenceAfter(fence, line);
    part += line;
    blank = line.trim() === '';
  }
  return [...parts, part];
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
