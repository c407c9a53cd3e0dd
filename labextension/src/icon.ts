/** CodeMaestro's icon: a conductor's baton and the beat it gives. */

import { LabIcon } from '@jupyterlab/ui-components';

const svgstr = `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 24 24">
  <g fill="none" stroke-linecap="round" stroke-width="2">
    <path class="jp-icon3" stroke="#616161" d="M8.5 15.5 20 4"/>
    <path class="jp-icon3" stroke="#616161" d="M12 20.5c3.6 0 6.8-2.6 7.4-6.2"/>
    <path class="jp-icon3" stroke="#616161" d="M4 11.3C4.5 7.9 7.2 5.2 10.6 4.6"/>
  </g>
  <circle class="jp-icon3" cx="6.6" cy="17.4" r="3.1" fill="#616161"/>
</svg>`;

export const maestroIcon = new LabIcon({ name: 'codemaestro:icon', svgstr });
