/** From hunks to rows of two columns: pure functions. */

import type { ChangeView, HunkView } from './protocol';

export interface ISide {
  /** Line number in its file, from 1; 0 where the kernel gives none (cells). */
  number: number;
  text: string;
}

/** One row: before and after. Both are there for a line that stays; one may be missing for a line that changed. */
export interface IRow {
  kind: 'same' | 'changed';
  before: ISide | null;
  after: ISide | null;
}

/** The rows of a hunk; in a run of changes, removed and added lines stand beside each other in order. */
export function rowsOf(hunk: HunkView): IRow[] {
  const start = /^@@ -(\d+),\d+ \+(\d+),\d+ @@/.exec(hunk.header);
  let before = start ? Number(start[1]) : 0;
  let after = start ? Number(start[2]) : 0;
  const next = (side: 'before' | 'after'): number => {
    if (!start) {
      return 0;
    }
    return side === 'before' ? before++ : after++;
  };
  const rows: IRow[] = [];
  let removed: ISide[] = [];
  let added: ISide[] = [];
  const flush = (): void => {
    for (let at = 0; at < Math.max(removed.length, added.length); at++) {
      rows.push({ kind: 'changed', before: removed[at] ?? null, after: added[at] ?? null });
    }
    removed = [];
    added = [];
  };
  for (const line of hunk.lines) {
    const text = line.slice(1);
    if (line.startsWith('-')) {
      if (added.length > 0) {
        flush();
      }
      removed.push({ number: next('before'), text });
    } else if (line.startsWith('+')) {
      added.push({ number: next('after'), text });
    } else {
      flush();
      rows.push({
        kind: 'same',
        before: { number: next('before'), text },
        after: { number: next('after'), text }
      });
    }
  }
  flush();
  return rows;
}

/** How many lines go and come. */
export function countsOf(hunks: readonly HunkView[]): { added: number; removed: number } {
  const lines = hunks.flatMap(hunk => hunk.lines);
  return {
    added: lines.filter(line => line.startsWith('+')).length,
    removed: lines.filter(line => line.startsWith('-')).length
  };
}

/** A block as `diff_markdown` (edit/card.py) writes it. */
const DIFF = /^\*\*`+[^\n]*`+\*\* (?:changed|created|deleted|moved)[^\n]*\n\n(`{3,})diff\n[\s\S]*?\n\1$\n*/gm;

/** What `plan_markdown` (converse/plans.py) says of a plan that its card says as a note: a correction, or a warning. */
const NOTE = /^(?:\*Put right: ([^\n]*)\*|- ⚠ ([^\n]*))\n*/gm;

/** The text of an answer beside the card of its change: without the diffs, and without what only repeats the card. */
export function besideCard(markdown: string, change: Pick<ChangeView, 'title' | 'notes'>): string {
  if (markdown.startsWith(`**${change.title}**`)) {
    return '';
  }
  const noted = (said: string, correction?: string, warning?: string): string =>
    change.notes.includes(correction ?? warning ?? '') ? '' : said;
  return markdown.replace(DIFF, '').replace(NOTE, noted);
}
