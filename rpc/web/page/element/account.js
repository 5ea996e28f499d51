// <mm-account>: which wallet signs, in the bar; a panel to choose one.
import { short } from '../lib/address.js';
import { h, replace } from '../lib/dom.js';
import { wordsOf } from '../lib/errors.js';
import { account, accountsOf, connect, disconnect, onAccount, wallets } from '../lib/wallet.js';

customElements.define(
  'mm-account',
  class extends HTMLElement {
    connectedCallback() {
      this.classList.add('menu');
      this.button = h('button', { type: 'button', ariaExpanded: 'false', ariaHasPopup: 'true', onclick: () => this.toggle() });
      this.panel = h('div.panel', { hidden: true });
      this.replaceChildren(this.button, this.panel);
      onAccount((current) => {
        this.button.textContent = current ? `${short(current.address)}${current.isDevnet ? ' · devnet' : ''}` : 'Connect wallet';
        this.close();
      });
      this.button.textContent = account() ? short(account().address) : 'Connect wallet';
      this.addEventListener('keydown', (event) => {
        if (event.key !== 'Escape' || this.panel.hidden) return;
        this.close();
        this.button.focus();
      });
      document.addEventListener('click', (event) => {
        if (!event.composedPath().includes(this)) this.close();
      });
    }

    toggle() {
      if (this.panel.hidden) this.open();
      else this.close();
    }

    close() {
      this.panel.hidden = true;
      this.button.ariaExpanded = 'false';
    }

    async open() {
      this.panel.hidden = false;
      this.button.ariaExpanded = 'true';
      if (account()) {
        this.#showAccount();
        return;
      }
      replace(this.panel, h('p.quiet', 'Looking for wallets'));
      try {
        const list = await wallets();
        replace(
          this.panel,
          h('h2', 'Sign with'),
          list.map((wallet) => h('button', { type: 'button', onclick: () => this.#choose(wallet) }, wallet.name)),
          list.some(({ isDevnet }) => isDevnet) &&
            h(
              'p.small.quiet',
              'The devnet wallet is the node’s own accounts. Everybody has their keys, and they sign without asking: for trying things on this chain only.',
            ),
          !list.length && h('p', 'No wallet is installed in this browser, and this node has no accounts of its own.'),
        );
        this.panel.querySelector('button')?.focus();
      } catch (error) {
        replace(this.panel, h('p', wordsOf(error)));
      }
    }

    async #choose(wallet) {
      replace(this.panel, h('p', wallet.isDevnet ? 'Asking the node' : `Waiting for ${wallet.name}`));
      try {
        if (!wallet.isDevnet) await connect(wallet);
        else {
          const accounts = await accountsOf(wallet);
          replace(
            this.panel,
            h('h2', 'Account of this devnet'),
            accounts.map((address, i) =>
              h('button', { type: 'button', onclick: () => connect(wallet, address) }, `${i}`, h('span.code', short(address, 10, 6))),
            ),
          );
          this.panel.querySelector('button')?.focus();
        }
      } catch (error) {
        replace(this.panel, h('p', { role: 'alert' }, wordsOf(error)), h('button', { type: 'button', onclick: () => this.open() }, 'Back'));
      }
    }

    #showAccount() {
      const { address, name } = account();
      replace(
        this.panel,
        h('h2', name),
        h('p.code.small', address),
        h('a.button', { href: `#/address/${address}`, onclick: () => this.close() }, 'What it has'),
        h('button', { type: 'button', onclick: () => disconnect() }, 'Disconnect'),
      );
    }
  },
);
