// <mintmark-avatar address="0x…">: an account's picture, for a page of any origin.
//
//   <script type="module" src="http://127.0.0.1:8545/avatar.js"></script>
//   <mintmark-avatar address="0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"></mintmark-avatar>
//
// A hexagon is the picture of a token that the account owned at the node's last block; a circle is any other. Which it is, and the
// picture, come in one answer, so that a frame never stands around something else. It is asked again every few seconds: when the token
// has gone, so has the hexagon, and when nobody answers, nothing is shown.
//
// Attributes: address; name, for the alternative text; refresh, in seconds (12; 0: only once); node, another one's address.
// Style: --mintmark-avatar-size (48px). Read `state`: verified, ordinary, generated or missing; a `change` event tells of another.
// The page's Content-Security-Policy must let the node be connected to, and blob: be an image.

const HOME = new URL('.', import.meta.url);
const REFRESH_S = 12; // a block of the slowest chains
const KINDS = new Map([['verified', 'Verified picture of'], ['ordinary', 'Picture of'], ['generated', 'Generated picture of']]);

const sheet = new CSSStyleSheet(); // and no <style>, which a page's policy may refuse
sheet.replaceSync(`
  :host { display: inline-block; inline-size: var(--mintmark-avatar-size, 48px); aspect-ratio: 1; vertical-align: middle; }
  :host([hidden]) { display: none; }
  img { display: block; inline-size: 100%; block-size: 100%; object-fit: cover; border-radius: 50%; }
  img[data-state="verified"] { border-radius: 0; clip-path: polygon(25% 6.7%, 75% 6.7%, 100% 50%, 75% 93.3%, 25% 93.3%, 0 50%); }
  img[data-state="missing"] { visibility: hidden; }
`);

class MintmarkAvatar extends HTMLElement {
  static observedAttributes = ['address', 'name', 'node', 'refresh'];

  #image = this.#frame('missing');
  #state = 'missing';
  #etag = null; // of what is shown
  #turn = 0; // of the last question; answers to older ones are late
  #timer = null;

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [sheet];
    root.append(this.#image);
    this.#describe();
  }

  get state() { return this.#state; }

  connectedCallback() { this.#start(); }

  disconnectedCallback() {
    clearInterval(this.#timer);
    this.#timer = null;
    this.#turn += 1;
  }

  attributeChangedCallback(attribute, before, now) {
    if (before === now || !this.isConnected) return;
    if (attribute === 'name') this.#describe();
    else if (attribute === 'refresh') this.#start();
    else {
      this.#clear();
      this.#start();
    }
  }

  #start() {
    clearInterval(this.#timer);
    const seconds = Number(this.getAttribute('refresh') ?? REFRESH_S);
    this.#timer = seconds > 0 ? setInterval(() => { if (!document.hidden) this.refresh(); }, Math.max(1, seconds) * 1000) : null;
    this.refresh();
  }

  /** Asks now. Resolves when what is shown is what was answered. */
  async refresh() {
    const turn = this.#turn += 1;
    const address = this.getAttribute('address') ?? '';
    let answer = null;
    try {
      if (/^0x[0-9a-fA-F]{40}$/.test(address)) answer = await this.#ask(address);
    } catch { /* nobody answers, or the picture is cut off */ }
    if (turn !== this.#turn) return;
    if (answer === null) this.#clear();
    else if (answer.etag === null || answer.etag !== this.#etag) await this.#show(answer, turn);
  }

  async #ask(address) {
    const url = new URL(`avatar/${address}?verified=1&fallback=identicon`, new URL(this.getAttribute('node') ?? HOME, HOME));
    const response = await fetch(url, { cache: 'no-cache', credentials: 'omit', referrerPolicy: 'no-referrer' });
    const state = response.headers.get('x-mintmark-avatar');
    if (!response.ok || !KINDS.has(state)) return null;
    return { state, etag: response.headers.get('etag'), picture: await response.blob() };
  }

  async #show({ state, etag, picture }, turn) {
    const url = URL.createObjectURL(picture);
    const image = this.#frame(state);
    image.src = url;
    const isDrawn = await image.decode().then(() => true, () => false);
    URL.revokeObjectURL(url);
    if (turn !== this.#turn) return;
    if (isDrawn) this.#put(image, state, etag);
    else this.#clear();
  }

  #clear() { this.#put(this.#frame('missing'), 'missing', null); }

  /** An image with its shape, still without a picture. */
  #frame(state) {
    const image = document.createElement('img');
    image.dataset.state = state;
    return image;
  }

  /** Picture and shape in one step: there is no moment in which one is of another. */
  #put(image, state, etag) {
    const before = this.#state;
    this.#image.replaceWith(image);
    this.#image = image;
    this.#state = state;
    this.#etag = etag;
    this.#describe();
    if (state !== before) this.dispatchEvent(new CustomEvent('change', { detail: { state } }));
  }

  #describe() {
    const address = this.getAttribute('address') ?? '';
    const whose = this.getAttribute('name') ?? `${address.slice(0, 6)}…${address.slice(-4)}`;
    this.#image.alt = KINDS.has(this.#state) ? `${KINDS.get(this.#state)} ${whose}` : '';
  }
}

if (!customElements.get('mintmark-avatar')) customElements.define('mintmark-avatar', MintmarkAvatar);
