/** The way to the kernel, as a session knows it. */

import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import type { FrontMessage, KernelMessage } from './protocol';

/** How the kernel can be reached, as the panel tells it. */
export type Connection =
  | { state: 'starting' }
  /** `stayed` after a restart that failed: it is still the old process. */
  | { state: 'connected'; stayed?: true }
  | { state: 'absent' }
  | { state: 'unloaded' }
  | { state: 'foreign'; language: string }
  | { state: 'failed'; message: string; hint: string }
  | { state: 'lost' };

/** The way to the kernel; `Bridge` is the real one, tests hand in their own. */
export interface IWire extends IDisposable {
  readonly connection: Connection;
  readonly connectionChanged: ISignal<IWire, Connection>;
  readonly received: ISignal<IWire, KernelMessage>;
  /** Send now, or return false if nobody listens. */
  send(message: FrontMessage): boolean;
  /** Load CodeMaestro in the kernel, on the person's word. */
  load(): Promise<void>;
  /** Another connection of this page restarts the kernel (true), or is done with it; ours is not told. */
  restarting(underway: boolean): void;
  /** A restart from this page failed: the process that was there may live on. */
  stayed(): void;
}
