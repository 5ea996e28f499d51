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

/** Owner and URI, then metadata, then the picture. */
export async function load(link, signal) {
  const { collection, id, face, name, owner } = link.token;
  try {
    const { owner: holder, uri } = await token(collection, id);
    if (signal.aborted) return;
    if (!holder) {
      name.textContent = `Token ${id}`;
      say(face, 'Burned');
      return;
    }
    owner.textContent = short(checksum(holder), 6, 4);
    name.textContent = `Token ${id}`;
    const data = await metadata(uri, signal);
    if (signal.aborted) return;
    name.textContent = titleOf(data, id);
    await showPicture(face, data.image, titleOf(data, id), signal);
  } catch (error) {
    if (!signal.aborted) say(face, error.message);
  }
}
