/** What a turn owes to preparation. */

import type { JSX } from 'react';
import type { ReceiptView } from '../protocol';
import { seconds, useFrame } from './frame';

export function Receipt({ receipt }: { receipt: ReceiptView }): JSX.Element | null {
  const { trans } = useFrame();
  if (receipt.prepared === 0 && receipt.said === '') {
    return null;
  }
  return (
    <p className="maestro-Receipt">
      {receipt.said !== '' && <span className="maestro-Receipt-said">{receipt.said}</span>}
      {receipt.prepared > 0 && (
        <span className="maestro-Receipt-counts">
          {trans.__('%1 of %2 prepared used', receipt.used, receipt.prepared)}
          {receipt.saved_seconds >= 0.005 && <> · {trans.__('%1 saved', seconds(trans, receipt.saved_seconds))}</>}
        </span>
      )}
    </p>
  );
}
