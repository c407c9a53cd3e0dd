/** What every card stands in: the words, the actions, and a way to redraw when a part of the session changed. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { LabIcon } from '@jupyterlab/ui-components';
import { createContext, useContext, useEffect, useReducer } from 'react';
import type { ButtonHTMLAttributes, JSX } from 'react';
import type { IPlace } from '../paths';
import type { Session, SessionPart } from '../session';
import type { Words } from '../words';

/** What a card can ask of JupyterLab. */
export interface IActions {
  /** A file of the project. */
  openFile(place: IPlace): void;
  insertBelow(source: string, kind: 'code' | 'markdown'): void;
  replaceActive(source: string): void;
  copy(text: string): void;
  attachCell(): void;
  attachError(): void;
  /** Give the keyboard back to the notebook. */
  leave(): void;
  openSettings(): void;
}

export interface IFrame {
  /** The strings of the panel. */
  trans: TranslationBundle;
  /** Those of the kernel, and numbers. */
  words: Words;
  actions: IActions;
  rendermime: IRenderMimeRegistry;
}

export const Frame = createContext<IFrame | null>(null);

export function useFrame(): IFrame {
  const frame = useContext(Frame);
  if (frame === null) {
    throw new Error('A card stands outside of the panel.');
  }
  return frame;
}

/** Redraw when one of these parts of the session changed. */
export function useParts(session: Session, ...parts: SessionPart[]): void {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const names = parts.join();
  useEffect(() => {
    const wanted = names.split(',');
    const look = (_: Session, changed: ReadonlySet<string>): void => {
      if (wanted.some(part => changed.has(part))) {
        redraw();
      }
    };
    session.changed.connect(look);
    return () => {
      session.changed.disconnect(look);
    };
  }, [session, names]);
}

interface IIconButton extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'title'> {
  icon: LabIcon;
  label: string;
}

/** A native button that shows an icon and is named by its tooltip. */
export function IconButton({ icon, label, className, ...rest }: IIconButton): JSX.Element {
  return (
    <button
      type="button"
      className={`maestro-IconButton ${className ?? ''}`}
      title={label}
      aria-label={label}
      {...rest}
    >
      <icon.react tag="span" aria-hidden="true" className="maestro-Icon" />
    </button>
  );
}

/** 0.42 → "0.42 s", 75 → "75 s". */
export function seconds({ trans, number }: Words, value: number): string {
  const digits = value < 0.005 ? 0 : value < 1 ? 2 : value < 10 ? 1 : 0;
  return trans.__('%1 s', number(value, digits));
}
