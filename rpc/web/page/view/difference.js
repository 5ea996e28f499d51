// The difference between a picture and a token's picture, for trying: change the one, and fail to change the other.
import { same } from '../lib/address.js';
import { dataOf, view } from '../lib/contracts.js';
import { h, replace } from '../lib/dom.js';
import { wordsOf } from '../lib/errors.js';
import { tokenLink } from '../lib/links.js';
import * as door from '../lib/session.js';
import { busy, empty, failed } from '../lib/states.js';
import { tokensOf } from '../lib/tokens.js';
import { provenFile } from '../lib/verify.js';
import { rpc } from '../lib/rpc.js';
import { account, onAccount } from '../lib/wallet.js';
import { ordinaryPicture, shape, tokenPicture } from './profile.js';

const COLOURS = ['#0e7a5b', '#a8562c', '#38508f', '#8a2f5d', '#6d6a1f'];

/** A picture drawn here, another each time. */
function drawn(turn) {
  const canvas = document.createElement('canvas'),
    pen = canvas.getContext('2d');
  canvas.width = canvas.height = 256;
  pen.fillStyle = COLOURS[turn % COLOURS.length];
  pen.fillRect(0, 0, 256, 256);
  pen.fillStyle = '#ffffff';
  pen.font = '600 120px sans-serif';
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  pen.fillText(String(turn), 128, 134);
  return new Promise((resolve) => {
    canvas.toBlob(resolve, 'image/png');
  });
}

function ordinarySide(address, avatar) {
  let turn = Number(sessionStorage.getItem('mintmark.turn') ?? 0);
  const portrait = h('div.portrait', shape(false, ordinaryPicture(address, avatar))),
    place = h('div');
  const button = h(
    'button.main',
    {
      type: 'button',
      onclick: () =>
        busy(button, place, async () => {
          sessionStorage.setItem('mintmark.turn', ++turn);
          await door.setPicture(address, await drawn(turn));
          replace(portrait, shape(false, ordinaryPicture(address, true)));
          replace(
            place,
            h('p', { role: 'status' }, 'Same address, another picture. Everybody who linked it shows the new one, and nobody was asked.'),
          );
        }),
    },
    'Put another picture there',
  );
  return h('div.panel-card', h('h2', 'An ordinary picture'), portrait, h('p', h('code', `/avatar/${address}`)), h('div', button), place);
}

/** Each try, and what became of it. */
async function attempts(address, { collection, id }) {
  const uri = await view(collection, 'tokenURI', id),
    before = await provenFile(uri),
    data = JSON.parse(new TextDecoder().decode(before.bytes));
  const tries = [
    [
      'Write another URI into the token',
      () =>
        rpc(
          'eth_call',
          { from: address, to: collection, data: dataOf('setTokenURI(uint256 tokenId, string uri)', id, 'ipfs://another') },
          'latest',
        ),
    ],
    [
      'Put other bytes at the picture’s address',
      async () => {
        const { pictureUrl } = await import('../lib/node.js'),
          response = await fetch(await pictureUrl(data.image), { method: 'PUT', body: 'other bytes' });
        if (!response.ok) throw new Error(`The gateway takes no writes (${response.status}).`);
      },
    ],
    [
      'Mint the same picture again, as a token of your own',
      async () => {
        throw new Error(
          'That works, and it is another token: its number, its first owner and its block are others, and the profile shows which.',
        );
      },
    ],
  ];
  const lines = [];
  for (const [title, run] of tries) {
    try {
      await run();
      lines.push([title, 'It was taken.', false]);
    } catch (error) {
      lines.push([title, /fetch/i.test(error.message) ? 'The gateway takes no writes.' : wordsOf(error), true]);
    }
  }
  const after = await provenFile(data.image);
  lines.push(['The picture now', `The same ${after.bytes.length} bytes: they hash to ${after.cid}.`, true]);
  return h(
    'ul.stages',
    { role: 'status' },
    lines.map(([title, text, isFine]) =>
      h(`li.${isFine ? 'done' : 'wrong'}`, h('i', isFine ? '●' : '✗'), h('div', h('strong', title), h('p', text))),
    ),
  );
}

async function tokenSide(address, held) {
  const { title, element } = await tokenPicture({ collection: held.collection, token: held.id }),
    place = h('div');
  const button = h(
    'button.main',
    { type: 'button', onclick: () => busy(button, place, async () => replace(place, await attempts(address, held))) },
    'Try to put another picture there',
  );
  return h(
    'div.panel-card',
    h('h2', 'A token’s picture'),
    h('div.portrait', shape(true, element)),
    h('p', tokenLink(held.collection, held.id, `${title}, token #${held.id}`)),
    h('div', button),
    place,
  );
}

export default async function show({ onLeave, again }) {
  let known = account()?.address;
  onLeave(
    onAccount((current) => {
      if (current?.address !== known) {
        known = current?.address;
        again();
      }
    }),
  );
  const head = h(
    'header.head',
    h('h1', 'The difference'),
    h(
      'p.quiet',
      'Two pictures of one account. One is a file at an address; the other is named by its hash in a token that the account owns. Try to change both.',
    ),
  );
  const address = account()?.address;
  if (!address) return h('div', head, empty('Connect a wallet', 'To try it, this page needs an account whose pictures it may change.'));
  const [[held], { avatar }, session] = await Promise.all([tokensOf(address), door.profile(address), door.session()]),
    isIn = same(session?.address, address);
  return h(
    'div',
    head,
    !isIn &&
      h('p.note', 'You are not signed in, so the ordinary picture cannot be changed from here. ', h('a', { href: '#/profile' }, 'Sign in')),
    h(
      'div.pair',
      ordinarySide(address, avatar),
      held
        ? await tokenSide(address, held).catch(failed)
        : empty('No token yet', 'This account owns no token.', h('a.button', { href: '#/mint' }, 'Mint one')),
    ),
  );
}
