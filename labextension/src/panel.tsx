/** The side panel: draws the session of the notebook in front, and nothing of its own. */

import { PathExt } from '@jupyterlab/coreutils';
import { ReactWidget, deleteIcon, settingsIcon } from '@jupyterlab/ui-components';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { IDisposable } from '@lumino/disposable';
import type { Message } from '@lumino/messaging';
import { useEffect, useReducer, useRef, useState } from 'react';
import type { JSX } from 'react';
import { Announcer } from './cards/announcer';
import { Composer } from './cards/composer';
import type { IComposing } from './cards/drafting';
import { Frame, IconButton, useFrame, useParts } from './cards/frame';
import type { IActions } from './cards/frame';
import { History } from './cards/history';
import { Ledger } from './cards/ledger';
import { ConnectionNotice, Notice, Notices } from './cards/notices';
import { Preparing } from './cards/preparing';
import { OpenQuestion } from './cards/question';
import { keepFocus } from './focus';
import { maestroIcon } from './icon';
import type { Kernels } from './kernels';
import type { Session } from './session';
import type { Words } from './words';

export interface IPanelOptions {
  kernels: Kernels;
  actions: IActions;
  composing: IComposing;
  rendermime: IRenderMimeRegistry;
  words: Words;
  /** When JupyterLab has put its layout back. */
  restored: Promise<void>;
  /** Close the side bar opposite. */
  makeRoom: () => void;
}

export class MaestroPanel extends ReactWidget {
  constructor(private readonly options: IPanelOptions) {
    super();
    const { trans } = options.words;
    this.id = 'codemaestro-panel';
    this.addClass('maestro-Panel');
    this.title.icon = maestroIcon;
    this.title.caption = trans.__('CodeMaestro');
    void options.restored.then(() => {
      this._restored = true;
    });
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('CodeMaestro'));
    this._focus = keepFocus(this.node, () => this.focusChat());
    window.addEventListener('resize', this._onWindow);
  }

  override dispose(): void {
    window.removeEventListener('resize', this._onWindow);
    this._focus.dispose();
    super.dispose();
  }

  /** Put the cursor into the chat box. */
  focusChat(): void {
    this.node.querySelector<HTMLTextAreaElement>('.maestro-Composer textarea')?.focus();
  }

  /** The next time the panel is shown the focus stays where it is. */
  leaveFocus(): void {
    this._leaveFocus = true;
  }

  protected override render(): JSX.Element {
    const { actions, rendermime, kernels, composing, words } = this.options;
    return (
      <Frame.Provider value={{ trans: words.trans, words, actions, rendermime }}>
        <PanelView kernels={kernels} composing={composing} drafts={this._drafts} />
      </Frame.Provider>
    );
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    if (this._restored && !this._leaveFocus) {
      // The person opened it. When JupyterLab does, with the rest of the layout, the notebook is to have the focus.
      void this.renderPromise?.then(() => this.focusChat());
      this._onWindow();
    }
    this._leaveFocus = false;
  }

  /** At 400 %, or in a narrow window, two side bars are wider than the window, which then cuts this one off. */
  private readonly _onWindow = (): void => {
    window.requestAnimationFrame(() => {
      const { left, width } = this.node.getBoundingClientRect();
      if (!this.isDisposed && this.isVisible && left + 0.75 * width > window.innerWidth) {
        this.options.makeRoom();
      }
    });
  };

  private _restored = false;
  private _leaveFocus = false;
  private readonly _focus: IDisposable;
  private readonly _drafts = new WeakMap<object, string>();
}

interface IPanelViewProps {
  kernels: Kernels;
  composing: IComposing;
  drafts: WeakMap<object, string>;
}

function PanelView({ kernels, composing, drafts }: IPanelViewProps): JSX.Element {
  const { trans } = useFrame();
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const look = (): void => redraw();
    kernels.currentChanged.connect(look);
    return () => {
      kernels.currentChanged.disconnect(look);
    };
  }, [kernels]);
  const [notebookId] = useState(() => () => kernels.panel?.context.path ?? '');
  const session = kernels.current;
  if (session === null) {
    return (
      <Notice
        level="info"
        message={
          kernels.panel === null
            ? trans.__('Open a notebook with a Python kernel to begin.')
            : trans.__('This notebook has no kernel.')
        }
        hint={kernels.panel === null ? '' : trans.__('Choose one in the menu Kernel; your conversation is kept.')}
      />
    );
  }
  return (
    <SessionView
      key={`${session.kernelId} ${kernels.panel?.id ?? ''}`}
      session={session}
      notebook={PathExt.basename(notebookId())}
      draftOf={kernels.panel ?? session}
      notebookId={notebookId}
      composing={composing}
      drafts={drafts}
    />
  );
}

interface ISessionViewProps {
  session: Session;
  notebook: string;
  notebookId: () => string;
  composing: IComposing;
  drafts: WeakMap<object, string>;
  draftOf: object;
}

function SessionView({ session, notebook, notebookId, composing, drafts, draftOf }: ISessionViewProps): JSX.Element {
  useParts(session, 'connection');
  const { trans, actions } = useFrame();
  const answeredHere = useRef('');
  const quiet = session.connection.state === 'foreign';
  return (
    <>
      <header className="maestro-Header" data-kernel={session.kernelId}>
        <h2>{notebook}</h2>
        <IconButton
          icon={deleteIcon}
          label={trans.__('Clear the conversation')}
          disabled={!session.connected}
          onClick={() => session.clear(notebookId())}
        />
        <IconButton icon={settingsIcon} label={trans.__('Settings')} onClick={() => actions.openSettings()} />
      </header>
      <ConnectionNotice session={session} />
      {!quiet && (
        <>
          <Notices session={session} />
          <History session={session} notebookId={notebookId} composing={composing} answeredHere={answeredHere} />
          <OpenQuestion session={session} notebookId={notebookId} composing={composing} answeredHere={answeredHere} />
          <Preparing session={session} notebookId={notebookId} />
          <Composer session={session} notebookId={notebookId} composing={composing} drafts={drafts} draftOf={draftOf} />
          <Ledger session={session} />
        </>
      )}
      <Announcer session={session} notebookId={notebookId} />
    </>
  );
}
