// <mm-search>: one field for anything; "/" goes there.
import { h } from '../lib/dom.js';
import { go } from '../lib/router.js';

customElements.define(
  'mm-search',
  class extends HTMLElement {
    connectedCallback() {
      const isNarrow = matchMedia('(max-width: 40rem)').matches; // there the long one would be cut off
      const input = h('input', {
        type: 'search',
        placeholder: isNarrow ? 'Search' : 'Block, hash, address, token, CID or name',
        ariaLabel: 'Search',
        autocomplete: 'off',
        spellcheck: false,
        maxLength: 200,
      });
      const form = h(
        'form',
        {
          role: 'search',
          onsubmit: (event) => {
            event.preventDefault();
            const text = input.value.trim();
            if (text) go(`/search/${encodeURIComponent(text)}`);
            input.value = '';
            input.blur();
          },
        },
        input,
        h('kbd', { ariaHidden: 'true' }, '/'),
      );
      this.replaceChildren(form);
      document.addEventListener('keydown', (event) => {
        if (
          event.key !== '/' ||
          event.ctrlKey ||
          event.metaKey ||
          event.altKey ||
          /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName)
        )
          return;
        event.preventDefault();
        input.focus();
      });
    }
  },
);
