// A token in the gallery: its picture on a plate, and what stands under it. It is loaded when it is about to be seen.
import { checksum, short } from '../lib/address.js';
import { h, replace } from '../lib/dom.js';
import { imageOf, metadata, titleOf, token, tokenHref } from '../lib/tokens.js';

export function plate({ collection, id }) {
  const face = h('span.face'),
    name = h('span.name', ' '),
    number = h('span', `#${id}`),
    owner = h('span.code');
  const link = h('a.plate', { href: tokenHref(collection, id) }, face, h('span.legend', name, h('span.under', number, owner)));
  link.token = { collection, id, face, name, owner };
  return link;
}

const say = (face, text) => replace(face, h('span.why', text));

async function showPicture(face, uri, alt, signal) {
  const url = await imageOf(uri);
  if (!url) {
    say(face, uri ? 'Its picture is on another server' : 'No picture');
    return;
  }
  const image = h('img', { alt, decoding: 'async' });
  image.onload = () => image.classList.add('is-there');
  image.onerror = () => {
    if (!signal.aborted) say(face, 'The node does not have its picture');
  };
  image.src = url;
  replace(face, image);
}

const PATIENCE_MS = 150;

/** Owner and URI, then metadata, then the picture. The legend is written once, with its name, since each text in a gallery makes it be laid
 * out anew; when the name takes long, with its number first. */
export async function load(link, signal) {
  const { collection, id, face, name, owner } = link.token;
  let holder = null,
    title = titleOf(null, id);
  const legend = () => {
    if (signal.aborted) return;
    name.textContent = title;
    owner.textContent = holder ? short(checksum(holder), 6, 4) : '';
  };
  const slow = setTimeout(legend, PATIENCE_MS);
  try {
    const { owner: now, uri } = await token(collection, id);
    holder = now;
    if (holder) {
      const data = await metadata(uri, signal);
      title = titleOf(data, id);
      if (!signal.aborted) await showPicture(face, data.image, title, signal);
    } else if (!signal.aborted) say(face, 'Burned');
  } catch (error) {
    if (!signal.aborted) say(face, error.message);
  }
  clearTimeout(slow);
  legend();
}
