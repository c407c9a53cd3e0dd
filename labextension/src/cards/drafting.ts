/** What is typed into a box of the panel goes to the kernel, at the pace of the settings. */

import { useMemo } from 'react';
import { SentTexts } from '../ghost';
import type { Session } from '../session';
import { Coalescer, nextSeq } from '../typing';
import type { IPace } from '../typing';

export interface IComposing {
  readonly pace: IPace;
  readonly enabled: boolean;
  readonly ghostText: boolean;
}

export interface IDrafting {
  typed: (text: string, cursor: number) => void;
  /** What waits is not sent any more, and what was sent last is no longer remembered. */
  forget: () => void;
  /** What was sent last, for the ghost text. */
  sent: SentTexts;
}

/** `context` is what was asked before, where the box is for an answer: it belongs to what the text means. */
export function useDrafting(
  session: Session,
  notebookId: () => string,
  composing: IComposing,
  context = ''
): IDrafting {
  return useMemo(() => {
    const texts = new SentTexts();
    const before = context === '' ? '' : `${context}\n`;
    const coalescer = new Coalescer<{ text: string; cursor: number }>(
      ({ text, cursor }) => {
        const seq = nextSeq();
        const sent = session.send({
          type: 'user_typing',
          source: 'chat',
          notebook_id: notebookId(),
          cell_id: '',
          seq,
          text: before + text,
          cursor: before.length + cursor,
          timestamp: Date.now() / 1000
        });
        if (sent) {
          texts.add({ seq, text, cursor });
        }
      },
      () => composing.pace
    );
    return {
      typed: (text: string, cursor: number) => {
        if (composing.enabled) {
          coalescer.push({ text, cursor });
        }
      },
      forget: () => {
        coalescer.drop();
        texts.forget();
      },
      sent: texts
    };
  }, [session, notebookId, composing, context]);
}
