// <mm-time>: how long ago, kept true; the time itself as its title.
import { ago, date } from '../lib/format.js';

const shown = new Set();
setInterval(() => {
  for (const element of shown) element.update();
}, 5000);

customElements.define(
  'mm-time',
  class extends HTMLElement {
    #at = 0;

    set at(seconds) {
      this.#at = seconds;
      this.update();
    }

    connectedCallback() {
      shown.add(this);
      this.update();
    }
    disconnectedCallback() {
      shown.delete(this);
    }

    update() {
      if (!this.#at) {
        this.textContent = 'at the beginning';
        return;
      }
      const text = ago(this.#at);
      if (this.textContent !== text) this.textContent = text;
      this.title ||= date(this.#at);
    }
  },
);
