/**
 * What a person sends: a request on its way, and what may be wrong with it.
 */

import type { Attachment } from './protocol';

/** A request that has no turn of the kernel's yet. */
export interface IPending {
  request: string;
  text: string;
  notebookId: string;
  turn: string;
}

export interface IProblem {
  message: string;
  hint: string;
}

export interface ISubmission {
  text: string;
  source: 'cell' | 'chat';
  notebookId: string;
  cellId?: string;
  fresh?: boolean;
  attachments?: Attachment[];
}
