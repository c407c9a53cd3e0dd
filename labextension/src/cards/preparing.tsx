/** What is being prepared while the person types: stage and bar, suggestions, likely files. */

import {
  caretDownIcon,
  caretRightIcon,
  checkIcon,
  closeIcon,
  fileIcon,
  notebookIcon,
  pythonIcon
} from '@jupyterlab/ui-components';
import type { LabIcon } from '@jupyterlab/ui-components';
import { PathExt } from '@jupyterlab/coreutils';
import { useState } from 'react';
import type { JSX } from 'react';
import type { FileView, StageView } from '../protocol';
import type { Session } from '../session';
import type { Words } from '../words';
import { IconButton, useFrame, useParts } from './frame';
import { questionOf } from './question';

interface IPreparingProps {
  session: Session;
  notebookId: () => string;
}

export function Preparing({ session, notebookId }: IPreparingProps): JSX.Element | null {
  useParts(
    session,
    'stage',
    'prediction',
    'suggestions',
    'preparations',
    'question',
    'earlier_questions',
    'connection'
  );
  const { trans, words } = useFrame();
  const [open, setOpen] = useState(true);
  const { prediction } = session;
  const { stage, preparations = [] } = session.view;
  const question = questionOf(session, notebookId());
  const asks = prediction === undefined && question !== null && question.stage !== 'READY';
  const elsewhere = question === null && session.view.question; // it names answers to another notebook's question
  const suggestions = elsewhere ? [] : (session.view.suggestions ?? []);
  const files = prediction?.files ?? [];
  const loading = preparations.filter(each => each.state === 'running').map(each => words.tell(each.label));
  if (!session.connected || (prediction === undefined && !asks) || (files.length === 0 && suggestions.length === 0)) {
    return null;
  }
  return (
    <section className="maestro-Preparing" aria-label={trans.__('Preparing')} data-seq={prediction?.seq}>
      <Stage
        stage={stage === undefined || stage.message === '' ? NOT_YET : stage}
        loading={loading}
        open={open}
        onToggle={() => setOpen(!open)}
      />
      {open && suggestions.length > 0 && (
        <div className="maestro-Suggestions">
          <span id="maestro-suggestions">{trans.__("I'm preparing solutions for:")}</span>
          <ul aria-labelledby="maestro-suggestions">
            {suggestions.map(suggestion => (
              <li key={suggestion}>{suggested(words, suggestion)}</li>
            ))}
          </ul>
        </div>
      )}
      {open && files.length > 0 && (
        <ul className="maestro-Files" aria-label={trans.__('Likely files')}>
          {files.map(file => (
            <File key={file.path} file={file} alike={isAlike(files, file)} onDismiss={path => session.dismiss(path)} />
          ))}
        </ul>
      )}
    </section>
  );
}

/** What is prepared, as the kernel names it: with its own words, or with the person's verb and a file. */
function suggested({ trans, tell, knows }: Words, suggestion: string): string {
  const [, verb, name] = /^(\S+) in (\S+)$/.exec(suggestion) ?? [];
  return verb === undefined || knows(suggestion) ? tell(suggestion) : trans.__('%1 in %2', verb, name);
}

const NOT_YET: StageView = { stage: 'INTENT', message: 'Loading relevant files…', progress: 0 };

interface IStageProps {
  stage: StageView;
  /** What is being loaded right now. */
  loading: string[];
  /** Whether what is below the bar is shown. */
  open: boolean;
  onToggle: () => void;
}

function Stage({ stage, loading, open, onToggle }: IStageProps): JSX.Element {
  const { trans, words } = useFrame();
  const percent = Math.round(Math.min(1, Math.max(0, stage.progress)) * 100);
  const message = words.tell(stage.message);
  const caret = open ? caretDownIcon : caretRightIcon;
  return (
    <div className={`maestro-Stage ${stage.stage === 'READY' ? 'maestro-mod-ready' : ''}`}>
      <button
        type="button"
        className="maestro-Stage-line"
        title={loading.length > 0 ? loading.join(', ') : undefined}
        aria-expanded={open}
        onClick={onToggle}
      >
        <caret.react tag="span" aria-hidden="true" className="maestro-Icon" />
        <span className="maestro-Stage-message">{message}</span>
        <span className="maestro-Stage-percent">{trans.__('%1 %', percent)}</span>
      </button>
      <div
        className="maestro-Bar"
        role="progressbar"
        aria-label={message}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
      >
        <div style={{ transform: `scaleX(${percent / 100})` }} />
      </div>
    </div>
  );
}

function iconOf(path: string): LabIcon {
  const extension = PathExt.extname(path);
  return extension === '.py' ? pythonIcon : extension === '.ipynb' ? notebookIcon : fileIcon;
}

/** Whether another of the files has the same name, so that only the folder tells them apart. */
export function isAlike(files: readonly FileView[], { path }: FileView): boolean {
  return files.some(other => other.path !== path && PathExt.basename(other.path) === PathExt.basename(path));
}

interface IFileProps {
  file: FileView;
  alike: boolean;
  onDismiss: (path: string) => void;
}

function File({ file, alike, onDismiss }: IFileProps): JSX.Element {
  const { trans, words, actions } = useFrame();
  const folder = PathExt.dirname(file.path);
  const percent = Math.round(file.probability * 100);
  const icon = iconOf(file.path);
  const reasons = file.why.map(words.tell).join(', ');
  const why = reasons === '' ? file.path : trans.__('%1: %2', file.path, reasons);
  return (
    <li className={`maestro-File ${alike ? 'maestro-mod-alike' : ''}`}>
      <button
        type="button"
        className="maestro-File-open"
        title={why}
        aria-label={trans.__('Open %1, %2 % likely (%3)', file.path, percent, reasons)}
        onClick={() => actions.openFile({ path: file.path })}
      >
        <icon.react tag="span" aria-hidden="true" className="maestro-Icon" />
        <span className="maestro-File-name">{PathExt.basename(file.path)}</span>
        <span className="maestro-File-folder">{folder}</span>
      </button>
      {file.prepared && (
        <span className="maestro-File-prepared" title={trans.__('Prepared')}>
          <checkIcon.react tag="span" aria-hidden="true" className="maestro-Icon" />
          <span className="maestro-mod-hidden">{trans.__('prepared')}</span>
        </span>
      )}
      <span className="maestro-File-percent" aria-hidden="true">
        {trans.__('%1 %', percent)}
      </span>
      <IconButton
        icon={closeIcon}
        className="maestro-File-dismiss"
        label={trans.__('%1 is not meant', file.path)}
        onClick={() => onDismiss(file.path)}
      />
    </li>
  );
}
