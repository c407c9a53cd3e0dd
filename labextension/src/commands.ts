/** Every command, for the palette and the keyboard. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { INotebookActions } from './actions';
import { endUndoStep } from './cells';
import { acceptGhost, ghostIn } from './ghost';
import { maestroIcon } from './icon';
import type { Kernels } from './kernels';
import { viewOf } from './notebooks';
import type { Preferences } from './preferences';

export interface ICommandParts {
  app: JupyterFrontEnd;
  palette: ICommandPalette | null;
  tracker: INotebookTracker;
  kernels: Kernels;
  actions: INotebookActions;
  preferences: Preferences;
  trans: TranslationBundle;
  openPanel: () => void;
}

export function addCommands(parts: ICommandParts): void {
  const { app, palette, tracker, kernels, actions, preferences, trans } = parts;
  const connected = (): boolean => kernels.current?.connected ?? false;
  const inNotebook = (): boolean => kernels.panel !== null;
  const commands: Record<
    string,
    { label: string; execute: () => void; isEnabled?: () => boolean; isToggled?: () => boolean }
  > = {
    'codemaestro:focus-chat': {
      label: trans.__('Ask CodeMaestro'),
      execute: parts.openPanel
    },
    'codemaestro:why-failed': {
      label: trans.__('Why Did This Cell Fail?'),
      isEnabled: connected,
      execute: () => actions.whyFailed()
    },
    'codemaestro:attach-cell': {
      label: trans.__('Attach the Active Cell to the Next Request'),
      isEnabled: inNotebook,
      execute: () => actions.attachCell()
    },
    'codemaestro:attach-error': {
      label: trans.__("Attach the Active Cell's Error to the Next Request"),
      isEnabled: inNotebook,
      execute: () => actions.attachError()
    },
    'codemaestro:insert-answer': {
      label: trans.__('Insert the Newest Answer Below the Active Cell'),
      isEnabled: inNotebook,
      execute: () => actions.insertAnswer()
    },
    'codemaestro:stop': {
      label: trans.__('Stop the Running Answer'),
      isEnabled: () => kernels.current?.runningIn(kernels.panel?.context.path ?? '') !== undefined,
      execute: () => actions.stop()
    },
    'codemaestro:clear': {
      label: trans.__('Clear the Conversation'),
      isEnabled: connected,
      execute: () => actions.clear()
    },
    'codemaestro:watch': {
      label: trans.__('Watch What I Type'),
      isToggled: () => preferences.enabled,
      execute: () => void preferences.setEnabled(!preferences.enabled)
    },
    'codemaestro:load': {
      label: trans.__('Load CodeMaestro in This Kernel'),
      isEnabled: () => kernels.current !== null && !connected(),
      execute: () => void kernels.current?.load()
    }
  };
  for (const [id, command] of Object.entries(commands)) {
    app.commands.addCommand(id, { ...command, icon: maestroIcon });
    palette?.addItem({ command: id, category: trans.__('CodeMaestro') });
  }
  app.commands.addCommand('codemaestro:accept-ghost', {
    label: trans.__('Accept the Likely Words'),
    isEnabled: () => {
      const view = viewOf(tracker.activeCell);
      return view !== null && ghostIn(view) !== '';
    },
    execute: () => {
      const cell = tracker.activeCell;
      const view = viewOf(cell);
      if (cell === null || view === null) {
        return false;
      }
      endUndoStep(cell);
      const accepted = acceptGhost(view);
      endUndoStep(cell);
      return accepted;
    }
  });
}
