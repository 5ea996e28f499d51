// A profile: the picture that only its owner can show, because it is a token's; beside it the ordinary one, which anybody could have.
import { checksum, isAddress, same } from '../lib/address.js';
import { hexOf, word } from '../lib/bytes.js';
import { topicOf } from '../lib/contracts.js';
import { h, replace } from '../lib/dom.js';
import { bytes } from '../lib/format.js';
import { addressLink, blockLink, contentLink, copy, tokenLink } from '../lib/links.js';
import { onLogs } from '../lib/live.js';
import { node } from '../lib/node.js';
import * as door from '../lib/session.js';
import { busy, empty, later, toast } from '../lib/states.js';
import { imageOf, metadata, titleOf, token, tokensOf } from '../lib/tokens.js';
import { account, onAccount } from '../lib/wallet.js';

export const shape = (isVerified, picture) => h(`div.shape${isVerified ? '.is-verified' : '.is-ordinary'}`, picture);

/** The ordinary picture, where there is one; its bytes may be others the next time. */
export function ordinaryPicture(address, avatar) {
  if (!avatar) return h('span', 'none');
  const image = h('img', { alt: 'Ordinary picture', src: door.pictureOf(address) });
  image.onerror = () => image.replaceWith(h('span', 'no picture'));
  return image;
}

export async function tokenPicture({ collection, token: id }) {
  const { uri } = await token(collection, BigInt(id)),
    data = await metadata(uri),
    title = titleOf(data, id);
  return { title, element: h('img', { alt: title, src: (await imageOf(data.image)) ?? '' }) };
}

// ---- choosing ----

async function choices(address, chosen, choose) {
  const held = await tokensOf(address);
  if (!held.length)
    return h('p.quiet', 'This account has no tokens. ', h('a', { href: '#/mint' }, 'Mint one'), ', and it can be the picture here.');
  return h(
    'div.choice',
    held.slice(0, 60).map((one) => {
      const face = h('span.face'),
        label = h('span', `#${one.id}`);
      const button = h(
        'button',
        {
          type: 'button',
          ariaPressed: String(Boolean(chosen) && same(chosen.collection, one.collection) && BigInt(chosen.token) === one.id),
          onclick: () => choose(one, button),
        },
        face,
        label,
      );
      tokenPicture({ collection: one.collection, token: one.id }).then(
        ({ title, element }) => {
          replace(face, element);
          label.textContent = title;
        },
        () => {
          label.textContent = `#${one.id}, no picture`;
        },
      );
      return button;
    }),
  );
}

// ---- the two pictures ----

async function verifiedCard(address, about) {
  const { verified, was } = about;
  if (!verified) {
    return h(
      'div.panel-card',
      h('div.portrait', shape(true, h('span', 'none')), h('span.wash', 'no verified picture')),
      was &&
        h(
          'p',
          { role: 'status' },
          'It was ',
          tokenLink(was.collection, BigInt(was.token), `token #${was.token}`),
          ' until it was not: ',
          was.text,
          '. The picture went with that block.',
        ),
    );
  }
  const { gateway } = await node(),
    title = verified.name || `Token ${verified.token}`; // the file by its own CID: it cannot be another one
  const picture = h('img', { alt: title, src: gateway ? `${gateway}${verified.gatewayPath}` : verified.picture });
  return h(
    'div.panel-card',
    h(
      'div.portrait',
      shape(true, picture),
      h('span.wash.good', '✓ verified'),
      h('h3', tokenLink(verified.collection, BigInt(verified.token), title)),
    ),
    h(
      'p.small.quiet',
      'Owned by this account as of block ',
      blockLink(verified.block.number),
      '. Looked at anew each time it is shown: when the token moves, the picture goes.',
    ),
    h('div.small', copy(verified.asset)),
  );
}

/** What this node has in its database: the file that the address leads to now. */
async function record(address) {
  const { headers } = await fetch(door.pictureOf(address), { method: 'HEAD' });
  return [
    h(
      'span',
      `A record of this node: ${headers.get('content-type')}, ${bytes(headers.get('content-length'))}, now `,
      contentLink(headers.get('etag').replace(/^W\/|"/g, '')),
    ),
  ];
}

const ordinaryCard = (address, avatar) =>
  h(
    'div.panel-card',
    h('div.portrait', shape(false, ordinaryPicture(address, avatar)), h('span.wash', avatar ? 'ordinary' : 'no ordinary picture')),
    avatar && h('p.small', later(record(address), h('span.quiet', 'Looking'))),
    h(
      'p.small.quiet',
      'A file at an address. Whoever keeps it may put another in its place; nothing says whose it is. ',
      h('a', { href: '#/difference' }, 'See the difference'),
      '.',
    ),
  );

function ordinaryForm(address, done) {
  const input = h('input', {
    type: 'file',
    accept: 'image/png,image/jpeg,image/gif,image/webp,image/avif',
    ariaLabel: 'Ordinary picture, a file',
  });
  const url = h('input', { type: 'url', placeholder: 'https://…', ariaLabel: 'Ordinary picture, an address', autocomplete: 'off' });
  const place = h('div'),
    fileButton = h(
      'button',
      {
        type: 'button',
        onclick: () =>
          busy(fileButton, place, async () => {
            if (!input.files[0]) throw new Error('Choose a file first.');
            await door.setPicture(address, input.files[0]);
            toast('The ordinary picture is another one now.');
            done();
          }),
      },
      'Use file',
    );
  const urlButton = h(
    'button',
    {
      type: 'button',
      onclick: () =>
        busy(urlButton, place, async () => {
          const blob = await fetch(url.value).then(
            (response) => (response.ok ? response.blob() : Promise.reject(new Error(`That address answered ${response.status}.`))),
            () => Promise.reject(new Error('This page may only load from this node: give an address of its gateway, or a file.')),
          );
          await door.setPicture(address, blob);
          done();
        }),
    },
    'Use address',
  );
  return h(
    'div.form',
    h('h3', 'Ordinary picture'),
    h('div.row', h('div.grow', input), fileButton),
    h('div.row', h('div.grow', url), urlButton),
    place,
  );
}

// ---- the page ----

function signInCard(done) {
  const place = h('div'),
    button = h(
      'button.main',
      {
        type: 'button',
        onclick: () =>
          busy(button, place, async () => {
            await door.signIn();
            done();
          }),
      },
      'Sign in',
    );
  return h(
    'div.panel-card',
    h('h2', 'Sign in'),
    h(
      'p',
      'You sign a text that names this node and this moment (EIP-4361). It costs nothing, sends nothing to the chain, and moves nothing.',
    ),
    h('div', button),
    place,
  );
}

function ownSide({ address, about, refresh }) {
  const place = h('div'),
    outButton = h(
      'button',
      {
        type: 'button',
        onclick: () =>
          busy(outButton, place, async () => {
            await door.signOut();
            refresh();
          }),
      },
      'Sign out',
    );
  const choose = (one, button) =>
    busy(button, place, async () => {
      await door.chooseToken(address, { collection: one.collection, token: one.id });
      toast('That is your picture now.');
      refresh();
    });
  const dropButton = h(
    'button',
    {
      type: 'button',
      onclick: () =>
        busy(dropButton, place, async () => {
          await door.dropToken(address);
          refresh();
        }),
    },
    'Show no token',
  );
  return h(
    'section.section',
    h('header', h('h2', 'Choose one of your tokens'), h('div.row', about.verified && dropButton, outButton)),
    place,
    later(choices(address, about.verified, choose)),
    ordinaryForm(address, refresh),
  );
}

export default async function show({ params: [wanted], onLeave, again }) {
  const address = wanted ?? account()?.address;
  let known = account()?.address;
  onLeave(
    onAccount((current) => {
      if (!same(current?.address, known) && (current || known)) {
        known = current?.address;
        again();
      }
    }),
  );
  if (!address || !isAddress(address))
    return h(
      'div',
      h('header.head', h('h1', 'Profile')),
      empty('Whose?', 'Connect a wallet to see your own profile, or search an address and go to its profile from there.'),
    );
  const [about, session] = await Promise.all([door.profile(address), door.session()]);
  const isOwn = same(address, account()?.address),
    isIn = isOwn && same(session?.address, address),
    refresh = again;
  const { verified } = about;
  if (verified) {
    const filter = { address: verified.collection, topics: [topicOf('Transfer'), null, null, hexOf(word(BigInt(verified.token)))] };
    const renew = async () => {
      const now = await door.profile(address).catch(() => about);
      if (now.verified?.asset !== verified.asset) refresh();
    };
    onLeave(onLogs(filter, refresh, renew));
  }
  return h(
    'div',
    h('header.head', h('h1', isOwn ? 'Your profile' : 'Profile'), h('div.line', addressLink(checksum(address), { whole: true }))),
    h('div.pair', await verifiedCard(address, about), ordinaryCard(address, about.avatar)),
    isIn ? ownSide({ address, about, refresh }) : isOwn && h('section.section', signInCard(refresh)),
    !isOwn && h('p.quiet', 'To change a profile, connect the wallet of its account.'),
  );
}
