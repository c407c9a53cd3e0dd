/** Wires CodeMaestro into JupyterLab: tokens in, commands and panel out. */

import { ILayoutRestorer } from '@jupyterlab/application';
import type { ILabShell, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { EditorExtensionRegistry, IEditorExtensionRegistry } from '@jupyterlab/codemirror';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { NotebookActions } from './actions';
import { Bridge } from './bridge';
import { keepCells } from './cellkeeper';
import { followLinks } from './celllinks';
import { addCommands } from './commands';
import { DRIVE, ProjectDrive } from './drive';
import { Files } from './files';
import { ghostExtension } from './ghost';
import { Kernels } from './kernels';
import { hearing } from './hearing';
import { drawLiveWidgets } from './livewidget';
import { watchNotebooks } from './notebooks';
import { MaestroPanel } from './panel';
import { placeOf } from './paths';
import { Preferences } from './preferences';
import { withoutFetching } from './sanitizing';
import type { Session } from './session';
import { StatusItem } from './status';
import { offerWhyFailed } from './whyfailed';
import { TextFiles } from './textfiles';
import { VERSION } from './version';
import { Words } from './words';

const ID = 'codemaestro-jupyter:plugin';

const plugin: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'The CodeMaestro panel, and the observer of what is being typed.',
  autoStart: true,
  requires: [INotebookTracker, IRenderMimeRegistry, IDocumentManager, ISettingRegistry, IEditorExtensionRegistry],
  optional: [ITranslator, ICommandPalette, ILayoutRestorer, IStatusBar, IFileBrowserFactory],
  activate: async (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    rendermime: IRenderMimeRegistry,
    documents: IDocumentManager,
    settings: ISettingRegistry,
    editors: IEditorExtensionRegistry,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    statusBar: IStatusBar | null,
    browsers: IFileBrowserFactory | null
  ): Promise<void> => {
    const words = new Words(translator ?? nullTranslator);
    const { trans } = words;
    // JupyterLab fetches all settings at once, and then the server translates those of its own only.
    const preferences = new Preferences(await (words.foreign ? settings.reload(ID) : settings.load(ID)));
    const { kernels: running, sessions, contents, serverSettings } = app.serviceManager;
    const isNotebook = app.name.toLowerCase().includes('notebook');
    const kernels = new Kernels(tracker, {
      wire: kernel =>
        new Bridge({
          kernel,
          autoload: () => preferences.autoload,
          client: isNotebook ? 'notebook' : 'jupyterlab',
          version: VERSION
        }),
      hearing: id => hearing(app.shell, id),
      again: ({ id, name }) => running.connectTo({ model: { id, name } }),
      kernelOf: path => [...sessions.running()].find(each => each.path === path)?.kernel?.id ?? ''
    });
    const tell = (session: Session): void => {
      if (session.connected) {
        preferences.tell(session);
      }
    };
    const follow = (session: Session): void => {
      session.changed.connect((_, parts) => {
        if (parts.has('connection')) {
          tell(session);
        }
      });
    };
    kernels.added.connect((_, session) => follow(session));
    for (const session of kernels.sessions) {
      follow(session);
    }
    let autoload = preferences.autoload;
    preferences.changed.connect(() => {
      const loads = preferences.autoload && !autoload;
      autoload = preferences.autoload;
      for (const session of kernels.sessions) {
        tell(session);
        session.drawAgain();
        if (loads && session.connection.state === 'unloaded') {
          void session.load();
        }
      }
    });

    editors.addExtension({
      name: 'codemaestro:ghost',
      factory: ({ inline }) => (inline ? EditorExtensionRegistry.createImmutableExtension(ghostExtension()) : null)
    });
    watchNotebooks(tracker, kernels, () => preferences);

    contents.addDrive(new ProjectDrive({ sessions: () => kernels.sessions, serverSettings, words }));
    // Never shown. A page whose address names a file of a drive is not opened where no browser has that drive.
    browsers?.createFileBrowser('codemaestro-files', { driveName: DRIVE, auto: false, restore: false });
    const files = new Files(documents, words, !isNotebook);
    files.guard();
    const texts = new TextFiles(app.shell, documents, files);
    texts.follow(kernels);
    keepCells(tracker, kernels, () => texts.unsaved(), trans);
    const openPanel = (): void => {
      app.shell.activateById(panel.id);
      panel.focusChat();
    };
    const actions = new NotebookActions(app, kernels, files, trans, openPanel);
    const answers = rendermime.clone({
      sanitizer: withoutFetching(rendermime.sanitizer),
      resolver: files.resolver(() => kernels.panel?.context.path ?? ''),
      linkHandler: {
        handleLink: (node, path, id) => {
          node.addEventListener('click', event => {
            event.preventDefault();
            actions.followLink(kernels.panel, placeOf(`${path}${id ?? ''}`));
          });
        }
      }
    });
    followLinks(rendermime, tracker, (notebook, place) => actions.followLink(notebook, place));
    drawLiveWidgets(rendermime, tracker, kernels);
    offerWhyFailed(rendermime, trans, node => actions.whyFailed(node));
    const panel: MaestroPanel = new MaestroPanel({
      kernels,
      actions,
      composing: preferences,
      rendermime: answers,
      words,
      restored: app.restored.then(() => undefined),
      makeRoom: () => (app.shell as JupyterFrontEnd.IShell & Partial<Pick<ILabShell, 'collapseLeft'>>).collapseLeft?.()
    });
    let side = preferences.side;
    app.shell.add(panel, side, { rank: 850, type: 'CodeMaestro' });
    preferences.changed.connect(() => {
      if (preferences.side !== side) {
        side = preferences.side;
        const seen = panel.isVisible;
        app.shell.add(panel, side, { rank: 850, type: 'CodeMaestro' });
        if (seen) {
          panel.leaveFocus(); // who moves it is in the settings
          app.shell.activateById(panel.id);
        }
      }
    });
    restorer?.add(panel, panel.id);
    statusBar?.registerStatusItem('codemaestro:status', {
      item: new StatusItem(kernels, words, openPanel),
      align: 'left',
      rank: 900
    });
    addCommands({ app, palette, tracker, kernels, actions, preferences, trans, openPanel });
  }
};

export default plugin;
