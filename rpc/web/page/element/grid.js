// <mm-grid>: any number of plates. They come in chunks; one that is near what is seen has its plates, the others are as high as they would be
// and empty, so that ten thousand tokens cost as much as the few on the screen. Plates are filled when they are seen, and given up when not.
import { h } from '../lib/dom.js';
import { load, plate } from './plate.js';

const CHUNK = 60, // of 1, 2, 3, 4, 5 and 6 columns
  SLICE = 12;
const PLATE_PX = 210,
  PHONE_PX = 150,
  COLUMNS_MAX = 6,
  LEGEND_PX = 51.2;

customElements.define(
  'mm-grid',
  class extends HTMLElement {
    count = 0;
    tokenAt = null;
    #controls = new Map(); // plate → AbortController

    connectedCallback() {
      this.chunkWatch = new IntersectionObserver((entries) => entries.forEach((entry) => this.#chunk(entry)), { rootMargin: '900px 0px' });
      this.plateWatch = new IntersectionObserver((entries) => entries.forEach((entry) => this.#plate(entry)), { rootMargin: '250px 0px' });
      this.sizeWatch = new ResizeObserver(() => this.#measure());
      this.sizeWatch.observe(this);
      for (let first = 0; first < this.count; first += CHUNK) {
        const chunk = h('div.chunk');
        chunk.first = first;
        this.append(chunk);
      }
      this.#measure();
      for (const chunk of this.children) this.chunkWatch.observe(chunk);
    }

    disconnectedCallback() {
      for (const watch of [this.chunkWatch, this.plateWatch, this.sizeWatch]) watch.disconnect();
      for (const control of this.#controls.values()) control.abort();
      this.#controls.clear();
    }

    #measure() {
      const width = this.clientWidth,
        wanted = Math.floor(width / (width < 560 ? PHONE_PX : PLATE_PX));
      const columns = Math.min(COLUMNS_MAX, Math.max(2, wanted));
      const style = getComputedStyle(document.documentElement),
        rem = parseFloat(style.fontSize);
      const columnGap = rem * (width < 608 ? 0.875 : 1.375),
        rowGap = rem * 1.375;
      const side = (width - columnGap * (columns - 1)) / columns;
      this.style.setProperty('--columns', columns);
      for (const chunk of this.children) {
        const rows = Math.ceil(Math.min(CHUNK, this.count - chunk.first) / columns);
        chunk.style.minHeight = `${rows * (side + LEGEND_PX) + (rows - 1) * rowGap}px`;
      }
    }

    #chunk({ target, isIntersecting }) {
      if (isIntersecting && !target.firstChild) {
        target.classList.add('plates');
        target.role = 'list';
        this.#fill(target, target.first, (target.turn = {}));
      } else if (!isIntersecting && target.firstChild) {
        for (const { firstChild: link } of target.children) {
          this.plateWatch.unobserve(link);
          this.#giveUp(link);
        }
        target.turn = null;
        target.replaceChildren();
        target.classList.remove('plates');
        target.role = null;
      }
    }

    /** Some plates a frame, so that no frame is late; a chunk that was emptied meanwhile has another turn, or none. */
    #fill(chunk, from, turn) {
      if (chunk.turn !== turn || !this.isConnected) return;
      const last = Math.min(chunk.first + CHUNK, this.count),
        to = Math.min(from + SLICE, last),
        plates = document.createDocumentFragment();
      for (let i = from; i < to; i++) {
        const link = plate(this.tokenAt(i));
        plates.append(h('div', { role: 'listitem' }, link));
        this.plateWatch.observe(link);
      }
      chunk.append(plates);
      if (to < last) requestAnimationFrame(() => this.#fill(chunk, to, turn));
    }

    #plate({ target, isIntersecting }) {
      if (isIntersecting && !target.isFilled && !this.#controls.has(target)) {
        const control = new AbortController();
        this.#controls.set(target, control);
        load(target, control.signal).finally(() => {
          target.isFilled = !control.signal.aborted;
          if (this.#controls.get(target) === control) this.#controls.delete(target);
        });
      } else if (!isIntersecting) this.#giveUp(target);
    }

    #giveUp(link) {
      this.#controls.get(link)?.abort();
      this.#controls.delete(link);
    }
  },
);
