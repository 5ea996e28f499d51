// <mm-copy>: something, and a button that copies the text behind it.
import { h, svg } from '../lib/dom.js';
import { toast } from '../lib/states.js';

customElements.define(
  'mm-copy',
  class extends HTMLElement {
    text = '';

    connectedCallback() {
      if (this.querySelector(':scope > button')) return;
      this.append(
        h(
          'button.plain',
          { type: 'button', title: 'Copy', ariaLabel: `Copy ${this.text.slice(0, 40)}`, onclick: () => this.#copy() },
          svg(
            'svg',
            { viewBox: '0 0 16 16' },
            svg('rect', { x: 5.5, y: 5.5, width: 8, height: 8, rx: 1.5 }),
            svg('path', {
              d: 'M10.500 5.500v-1.500a1.500 1.500 0 0 0-1.500-1.500h-5a1.500 1.500 0 0 0-1.500 1.500v5a1.500 1.500 0 0 0 1.500 1.500h1.500',
            }),
          ),
        ),
      );
    }

    async #copy() {
      try {
        await navigator.clipboard.writeText(this.text);
        toast('Copied.');
      } catch {
        toast('The browser does not let this page copy.');
      }
    }
  },
);
