/** What stands between the person and an answer, each with what to do next. */

import { closeIcon } from '@jupyterlab/ui-components';
import { useEffect, useState } from 'react';
import type { JSX, ReactNode } from 'react';
import type { SessionView } from '../protocol';
import type { Session } from '../session';
import type { Connection } from '../wire';
import type { Words } from '../words';
import { IconButton, useFrame, useParts } from './frame';

type Level = 'info' | 'warning' | 'error';

interface INoticeProps {
  level: Level;
  message: string;
  hint?: string;
  onClose?: () => void;
  children?: ReactNode;
}

export function Notice({ level, message, hint, onClose, children }: INoticeProps): JSX.Element {
  const { trans } = useFrame();
  return (
    <div className={`maestro-Notice maestro-mod-${level}`} role={level === 'error' ? 'alert' : 'status'}>
      <div>
        <p>
          <Coded text={message} />
        </p>
        {hint !== undefined && hint !== '' && (
          <p className="maestro-Notice-hint">
            <Coded text={hint} />
          </p>
        )}
        {children}
      </div>
      {onClose && <IconButton icon={closeIcon} label={trans.__('Close this notice')} onClick={onClose} />}
    </div>
  );
}

/** A text in which `…` is code. */
function Coded({ text }: { text: string }): JSX.Element {
  return <>{text.split('`').map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}</>;
}

/** Whether the project is still being read; a screen reader is told once, not for every file. */
export function isIndexing(index: SessionView['index']): boolean {
  return index !== undefined && ['listing', 'indexing'].includes(index.state) && index.done < index.total;
}

/** Milliseconds in which most kernels have started; who waits longer is told why. */
const STARTING_PATIENCE = 10_000;

/** How the connection reads, `late` after a while, and what the person can do about it; null while all is well. */
export function connectionText(
  { trans, tell }: Words,
  connection: Connection,
  late = false
): { level: Level; message: string; hint: string } | null {
  switch (connection.state) {
    case 'connected':
      return connection.stayed
        ? {
            level: 'warning',
            message: trans.__('The kernel could not be restarted.'),
            hint: trans.__(
              'It is the old one, with its variables. Restart it again, or shut it down and start another.'
            )
          }
        : null;
    case 'starting':
      return late
        ? {
            level: 'info',
            message: trans.__('The kernel does not answer yet.'),
            hint: trans.__('It does when the cell that runs has ended. If none runs, restart it.')
          }
        : { level: 'info', message: trans.__('The kernel is starting…'), hint: '' };
    case 'absent':
      return {
        level: 'info',
        message: trans.__('CodeMaestro is not installed in this kernel.'),
        hint: trans.__('Run this in a cell, then restart the kernel:')
      };
    case 'unloaded':
      return { level: 'info', message: trans.__('CodeMaestro is not loaded in this kernel.'), hint: '' };
    case 'foreign':
      return {
        level: 'info',
        message: trans.__('This kernel speaks %1.', connection.language),
        hint: trans.__('CodeMaestro works with Python kernels and stays quiet here.')
      };
    case 'failed':
      return {
        level: 'error',
        message: trans.__('CodeMaestro could not be loaded: %1', tell(connection.message)),
        hint: tell(connection.hint) || trans.__('Run %1 in a cell to see the whole error.', '%load_ext codemaestro')
      };
    case 'lost':
      return {
        level: 'warning',
        message: trans.__('The kernel cannot be reached.'),
        hint: trans.__('Restart or reconnect it; your conversation is kept.')
      };
  }
}

const INSTALL = '%pip install codemaestro-jupyter';

export function ConnectionNotice({ session }: { session: Session }): JSX.Element | null {
  useParts(session, 'connection');
  const { trans, words, actions } = useFrame();
  const { connection } = session;
  const [closed, setClosed] = useState<Connection | null>(null);
  const [late, setLate] = useState(false);
  const starting = connection.state === 'starting';
  useEffect(() => {
    const timer = starting ? window.setTimeout(() => setLate(true), STARTING_PATIENCE) : undefined;
    return () => {
      window.clearTimeout(timer);
      setLate(false);
    };
  }, [session, starting]);
  const notice = connectionText(words, connection, late);
  if (notice === null || closed === connection) {
    return null;
  }
  return (
    <Notice {...notice} onClose={session.connected ? () => setClosed(connection) : undefined}>
      {connection.state === 'absent' && (
        <div className="maestro-Install">
          <code>{INSTALL}</code>
          <button type="button" className="maestro-Button" onClick={() => actions.insertBelow(INSTALL, 'code')}>
            {trans.__('Put into a cell')}
          </button>
        </div>
      )}
      {(connection.state === 'unloaded' || connection.state === 'failed') && (
        <button type="button" className="maestro-Button" onClick={() => void session.load()}>
          {trans.__('Load it')}
        </button>
      )}
    </Notice>
  );
}

/** The kernel's notices, the last problem, and how far the index is. */
export function Notices({ session }: { session: Session }): JSX.Element {
  useParts(session, 'notices', 'problem', 'index', 'enabled', 'consent', 'connection');
  const { trans, words, actions } = useFrame();
  const { tell } = words;
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const { notices = [], index, enabled, consent } = session.view;
  const { problem } = session;
  const indexing = isIndexing(index);
  return (
    <>
      {problem && (
        <Notice
          level="error"
          message={tell(problem.message)}
          hint={tell(problem.hint)}
          onClose={() => session.forgetProblem()}
        />
      )}
      {session.connected && enabled === false && (
        <Notice level="info" message={trans.__('Watching is off: everything begins when you send a request.')}>
          <button type="button" className="maestro-Button" onClick={() => actions.openSettings()}>
            {trans.__('Settings')}
          </button>
        </Notice>
      )}
      {session.connected && consent && (
        <Notice level="info" message={tell(consent.question)}>
          <div className="maestro-Install">
            {[true, false].map(allowed => (
              <button
                key={String(allowed)}
                type="button"
                className="maestro-Button"
                onClick={() => session.send({ type: 'give_consent', provider: consent.provider, allowed })}
              >
                {allowed ? trans.__('It may') : trans.__('It may not')}
              </button>
            ))}
          </div>
        </Notice>
      )}
      {session.connected &&
        notices
          .filter(notice => !closed.has(notice.message) && notice.message !== consent?.question)
          .map(notice => (
            <Notice
              key={notice.message}
              level={notice.level}
              message={tell(notice.message)}
              hint={tell(notice.hint)}
              onClose={() => setClosed(new Set([...closed, notice.message]))}
            />
          ))}
      {session.connected && index !== undefined && indexing && (
        <p className="maestro-Indexing">{trans.__('Reading the project: %1 of %2 files', index.done, index.total)}</p>
      )}
    </>
  );
}
