/** What a person asked of the kernel by a click: its answer, and whether they have to wait for it. */

import { useCallback, useEffect, useRef, useState } from 'react';
import type { Session } from '../session';

/** Milliseconds without an answer until a card says why. */
const PATIENCE = 1000;

export interface IAsking {
  /** Whether the answer takes longer than anybody waits without a word. */
  late: boolean;
  /** Wait for an answer; a newer question, or another session, takes the place of an older one. */
  ask: (answer: Promise<string>, then: (text: string) => void) => void;
}

export function useAsking(session: Session): IAsking {
  const [late, setLate] = useState(false);
  const waiting = useRef<Promise<string> | null>(null);
  useEffect(
    () => () => {
      waiting.current = null;
      setLate(false);
    },
    [session]
  );
  const ask = useCallback((answer: Promise<string>, then: (text: string) => void) => {
    waiting.current = answer;
    const isWanted = (): boolean => waiting.current === answer;
    const timer = window.setTimeout(() => setLate(isWanted()), PATIENCE);
    void answer.then(text => {
      window.clearTimeout(timer);
      if (isWanted()) {
        waiting.current = null;
        setLate(false);
        then(text);
      }
    });
  }, []);
  return { late, ask };
}
