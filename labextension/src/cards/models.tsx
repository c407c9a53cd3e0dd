/** Which model answers, and a choice of the others: they are looked for once somebody is about to choose. */

import { useState } from 'react';
import type { JSX } from 'react';
import type { Session } from '../session';
import { useFrame, useParts } from './frame';

const OFF = 'off';

export function ModelPicker({ session }: { session: Session }): JSX.Element {
  useParts(session, 'model', 'models');
  const { trans } = useFrame();
  const [asked, setAsked] = useState(false);
  const { model = '', models = [] } = session.view;
  const ask = (): void => {
    if (!asked) {
      setAsked(true);
      session.offerModels();
    }
  };
  const known = models.some(each => each.name === model);
  return (
    <select
      className="maestro-ModelPicker"
      aria-label={trans.__('Model that answers')}
      title={trans.__('Model that answers')}
      value={model === '' ? OFF : model}
      onFocus={ask}
      onPointerEnter={ask}
      onChange={event => session.pickModel(event.target.value)}
    >
      <option value={OFF}>{trans.__('no model')}</option>
      {model !== '' && !known && <option value={model}>{model}</option>}
      {models.map(each => (
        <option key={each.name} value={each.name}>
          {each.local ? each.name : trans.__('%1 (not on this machine)', each.name)}
        </option>
      ))}
    </select>
  );
}
