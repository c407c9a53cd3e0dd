/** The status bar's item: where preparing stands; a click opens the panel. */

import { ReactWidget } from '@jupyterlab/ui-components';
import { useEffect, useReducer } from 'react';
import type { JSX } from 'react';
import { maestroIcon } from './icon';
import type { Kernels } from './kernels';
import type { Session } from './session';
import type { Words } from './words';

export class StatusItem extends ReactWidget {
  constructor(
    private readonly kernels: Kernels,
    private readonly words: Words,
    private readonly open: () => void
  ) {
    super();
    this.addClass('maestro-Status');
  }

  protected override render(): JSX.Element {
    return <Status kernels={this.kernels} words={this.words} open={this.open} />;
  }
}

/** The state in a few words; empty where CodeMaestro has nothing to say. */
export function statusText({ trans, tell }: Words, session: Session | null): string {
  if (session === null) {
    return '';
  }
  const { state } = session.connection;
  if (state === 'connected') {
    const { stage, enabled } = session.view;
    if (enabled === false) {
      return trans.__('not watching');
    }
    return stage === undefined || stage.progress === 0 ? trans.__('watching') : tell(stage.message);
  }
  return state === 'starting' ? trans.__('starting') : state === 'foreign' ? '' : trans.__('not connected');
}

interface IStatusProps {
  kernels: Kernels;
  words: Words;
  open: () => void;
}

function Status({ kernels, words, open }: IStatusProps): JSX.Element | null {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const session = kernels.current;
  useEffect(() => {
    const look = (): void => redraw();
    kernels.currentChanged.connect(look);
    session?.changed.connect(look);
    return () => {
      kernels.currentChanged.disconnect(look);
      session?.changed.disconnect(look);
    };
  }, [kernels, session]);
  const { trans } = words;
  const text = statusText(words, session);
  if (text === '') {
    return null;
  }
  return (
    <button type="button" className="maestro-Status-button" title={trans.__('Open CodeMaestro')} onClick={open}>
      <maestroIcon.react tag="span" aria-hidden="true" className="maestro-Icon" />
      <span>{trans.__('CodeMaestro: %1', text)}</span>
    </button>
  );
}
