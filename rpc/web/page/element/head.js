// <mm-head>: the newest block, in the bar.
import { h } from '../lib/dom.js';
import { onState } from '../lib/live.js';
import { count } from '../lib/format.js';

customElements.define(
  'mm-head',
  class extends HTMLElement {
    connectedCallback() {
      const sign = h('i'),
        text = h('span', 'connecting'),
        link = h('a', { href: '#/explorer' }, sign, text);
      let shown;
      this.replaceChildren(link);
      this.off = onState(({ isConnected, wasConnected, head }) => {
        link.classList.toggle('is-away', wasConnected && !isConnected);
        if (!isConnected) text.textContent = wasConnected ? 'not connected' : 'connecting';
        else if (head) {
          text.textContent = `block ${count(head.number)}`;
          link.classList.remove('is-new');
          if (shown && shown !== head.hash) requestAnimationFrame(() => link.classList.add('is-new'));
          shown = head.hash;
        }
      });
    }

    disconnectedCallback() {
      this.off();
    }
  },
);
