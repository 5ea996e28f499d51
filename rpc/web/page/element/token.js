// <mm-token>: where the token of the content API is given. Nothing is to be seen of it where the API asks for none;
// a `given` event says that one was taken.
import { hasToken, isToken, keepToken, TokenError } from '../lib/access.js';
import { h, replace } from '../lib/dom.js';
import { api } from '../lib/node.js';
import { busy } from '../lib/states.js';

customElements.define(
  'mm-token',
  class extends HTMLElement {
    connectedCallback() {
      this.#look();
    }

    /** Whether the API takes what this page has; false: it asks for another token. Throws what else is wrong with it. */
    async #isTaken() {
      try {
        await api('version');
        return true;
      } catch (error) {
        if (error instanceof TokenError) return false;
        throw error;
      }
    }

    async #look() {
      if (!(await this.#isTaken().catch(() => true)))
        this.#ask(); // closed, or away: who needs it says so
      else if (hasToken()) this.#tell();
      else this.replaceChildren();
    }

    #ask() {
      const wrong = h('div'),
        field = h('input', {
          type: 'password',
          id: 'api-token',
          autocomplete: 'off',
          maxLength: 512,
          onkeydown: (event) => {
            if (event.key !== 'Enter') return;
            event.preventDefault();
            use.click();
          },
        });
      const use = h('button', { type: 'button', onclick: () => busy(use, wrong, () => this.#give(field.value.trim())) }, 'Use it');
      replace(
        this,
        h(
          'div.field',
          h('label', { htmlFor: 'api-token' }, 'Token of the content API'),
          h('div.row', field, use),
          h('p.hint', 'This node takes uploads from those who have its token (--api-token-file). It is kept until this tab is closed.'),
          wrong,
        ),
      );
    }

    async #give(text) {
      if (!isToken(text)) throw new Error('A token has 16 to 512 letters, digits and - . _ ~ + /.');
      keepToken(text);
      if (!(await this.#isTaken())) {
        const refused = new TokenError();
        keepToken(null);
        throw refused;
      }
      this.#tell();
      this.dispatchEvent(new Event('given'));
    }

    #tell() {
      const forget = () => {
        keepToken(null);
        this.#ask();
        this.querySelector('input').focus();
      };
      replace(
        this,
        h(
          'p.hint',
          { role: 'status' },
          'The content API takes the token of this tab. ',
          h('button.plain', { type: 'button', onclick: forget }, 'Forget it'),
        ),
      );
    }
  },
);
