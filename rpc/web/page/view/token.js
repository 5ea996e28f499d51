// A token: picture, metadata, owner; what it is proven by; where it has been; and what its owner may do with it.
import { same } from '../lib/address.js';
import { h, replace } from '../lib/dom.js';
import { addressLink, contentLink, copy, trail } from '../lib/links.js';
import { onLogs } from '../lib/live.js';
import { ipfsUri } from '../lib/cid.js';
import { empty, later } from '../lib/states.js';
import { collection, imageOf, metadata, titleOf, token } from '../lib/tokens.js';
import { topicOf } from '../lib/contracts.js';
import { hexOf, word } from '../lib/bytes.js';
import { account, onAccount } from '../lib/wallet.js';
import { ainftParts } from './token-ainft.js';
import { deeds } from './token-deeds.js';
import { moves } from './token-moves.js';
import { proof } from './token-proof.js';

const TEXT_MAX = 4000;
const valueOf = (value) => String(typeof value === 'string' ? value : JSON.stringify(value)).slice(0, TEXT_MAX);

function attributes(list) {
  const shown = (Array.isArray(list) ? list : []).filter((one) => one && typeof one === 'object').slice(0, 100);
  return (
    shown.length > 0 &&
    h(
      'dl.attributes',
      shown.map(({ trait_type: trait, value }) =>
        h('div', h('dt', valueOf(trait ?? 'trait').slice(0, 100)), h('dd', valueOf(value).slice(0, 300))),
      ),
    )
  );
}

async function face(data, title) {
  const url = await imageOf(data?.image);
  if (!url) return h('p.quiet', data?.image ? 'Its picture is on another server, which this page does not ask.' : 'It has no picture.');
  const image = h('img', { alt: title, src: url });
  image.onerror = () => image.replaceWith(h('p.quiet', 'The node does not have its picture.'));
  return image;
}

const uriRow = (label, uri) => {
  const content = ipfsUri(uri);
  return uri && h('div', h('dt', label), h('dd', copy(uri, content ? contentLink(content.text) : h('code', uri.slice(0, 120)))));
};

export default async function show({ params: [address, digits], signal, onLeave, again }) {
  const id = BigInt(digits);
  const [about, state] = await Promise.all([collection(address), token(address, id)]);
  if (!about) return empty('No collection', 'There is no collection of tokens at this address.');
  const past = h('section.section', h('header', h('h2', 'Where it has been')), later(moves(address, id)));
  if (!state.owner) {
    return h(
      'div',
      h(
        'header.head',
        trail(h('a', { href: '#/' }, 'Gallery'), h('a', { href: `#/collection/${address}` }, about.name)),
        h('h1', `${about.name} #${id}`),
      ),
      h(
        'div.empty',
        h('h2', 'Nobody has this token'),
        h('p', 'It was burned, or was never minted. If it was burned, what happened before is below.'),
      ),
      past,
    );
  }
  let data = null,
    why = null;
  try {
    data = await metadata(state.uri, signal);
  } catch (error) {
    why = error.message;
  }
  const title = titleOf(data, id),
    picture = h('div.picture'),
    mine = h('div'),
    owner = h('div.who', h('span.quiet', 'owner'), addressLink(state.owner));
  replace(picture, await face(data, title));
  const offer = () => replace(mine, same(account()?.address, state.owner) && deeds({ address, id, again }));
  offer();
  onLeave(onAccount(offer));
  const renew = async () => {
    const now = await token(address, id).catch(() => state);
    if (now.owner !== state.owner || now.uri !== state.uri) again();
  };
  const topic = hexOf(word(id));
  onLeave(onLogs({ address, topics: [topicOf('Transfer'), null, null, topic] }, again, renew));
  return h(
    'div',
    h(
      'div.token',
      h('figure', picture),
      h(
        'div.sheet',
        h(
          'header.head',
          trail(h('a', { href: '#/' }, 'Gallery'), h('a', { href: `#/collection/${address}` }, about.name)),
          h('h1', title),
          owner,
        ),
        why && h('p.failed', why),
        data?.description && h('p', valueOf(data.description)),
        !about.isAinft && attributes(data?.attributes),
        h(
          'dl.facts',
          h('div', h('dt', 'token'), h('dd', `#${id}`)),
          uriRow('metadata', state.uri),
          uriRow('picture', typeof data?.image === 'string' && !data.image.startsWith('data:') ? data.image : null),
          h('div', h('dt', 'collection'), h('dd', addressLink(address))),
        ),
        mine,
      ),
    ),
    h('div.beside', proof({ address, id, onPicture: (blob) => showHashed(picture, blob, title, onLeave), signal }), past),
    about.isAinft && ainftParts({ address, id, again, onLeave, attributes }),
  );
}

/** What was hashed is what is shown: the same bytes, not asked for again. */
function showHashed(picture, blob, title, onLeave) {
  if (!/^image\//.test(blob.type)) return;
  const url = URL.createObjectURL(blob),
    image = h('img', { alt: title, src: url });
  onLeave(() => URL.revokeObjectURL(url));
  image.decode().then(
    () => replace(picture, image),
    () => {},
  );
}
