/**
 * The person's settings in JupyterLab: what the front end uses itself, and what the kernel must know.
 */

import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import type { Session } from './session';
import type { SettingValue } from './protocol';
import type { IWatching } from './notebooks';
import type { IPace } from './typing';

export type Side = 'left' | 'right';

/** Lab settings that are settings of the kernel too, by their name there. */
const SHARED: Readonly<Record<string, string>> = {
  enabled: 'enabled',
  observeCodeCells: 'observe_code_cells',
  minimumCharacters: 'minimum_characters'
};

function isSettingValue(value: unknown): value is SettingValue {
  return value === null || ['boolean', 'number', 'string'].includes(typeof value);
}

export class Preferences implements IWatching {
  constructor(private readonly settings: ISettingRegistry.ISettings) {
    settings.changed.connect(() => this._changed.emit(undefined));
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get enabled(): boolean {
    return this._value('enabled', true);
  }

  get autoload(): boolean {
    return this._value('autoload', true);
  }

  get codeCells(): boolean {
    return this._value('observeCodeCells', true);
  }

  get ghostText(): boolean {
    return this._value('ghostText', true);
  }

  get side(): Side {
    return this._value<string>('side', 'right') === 'left' ? 'left' : 'right';
  }

  get minimumCharacters(): number {
    return this._value('minimumCharacters', 3);
  }

  get pace(): IPace {
    const debounce = this._value('debounce', 60);
    return { debounce, maxWait: Math.max(debounce, this._value('maximumWait', 150)), leading: true };
  }

  async setEnabled(enabled: boolean): Promise<void> {
    await this.settings.set('enabled', enabled);
  }

  /** Tell a kernel what the person chose here; what they left alone stays as its own configuration has it. */
  tell(session: Session): void {
    for (const [name, kernelName] of Object.entries(SHARED)) {
      const user: unknown = this.settings.get(name).user;
      const value = isSettingValue(user) ? user : null;
      if (value !== null || this._told.has(session)) {
        session.setting(kernelName, value);
      }
    }
    this._told.add(session);
  }

  private _value<T>(name: string, otherwise: T): T {
    const value: unknown = this.settings.get(name).composite;
    return typeof value === typeof otherwise ? (value as T) : otherwise;
  }

  /** Sessions that may hold a value of ours, which must be taken back when the person resets it. */
  private readonly _told = new WeakSet<Session>();
  private readonly _changed = new Signal<this, void>(this);
}
