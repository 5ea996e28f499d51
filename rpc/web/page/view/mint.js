// Minting: a picture and what is said of it into the node's store, then a token that names them.
import '../element/token.js';
import { isAddress, same } from '../lib/address.js';
import { dataOf, readLog, COLLECTION } from '../lib/contracts.js';
import { h, replace } from '../lib/dom.js';
import { wordsOf } from '../lib/errors.js';
import { bytes as sizeOf } from '../lib/format.js';
import { contentLink, copy, tokenLink } from '../lib/links.js';
import { collection, collections, tokenHref } from '../lib/tokens.js';
import { metadataOf, safeName, upload, UPLOAD_BYTES_MAX } from '../lib/upload.js';
import { account, onAccount, receiptOf, send } from '../lib/wallet.js';

const NO_SPECIFICATION = ['', `0x${'0'.repeat(64)}`];

// ---- the picture ----

function dropField(onFile) {
  const prompt = h('p', h('strong', 'Drop a picture here'), h('br'), 'or choose a file'),
    place = h('div.drop', prompt);
  const input = h('input', {
    type: 'file',
    accept: 'image/*',
    ariaLabel: 'Picture',
    name: 'picture',
    onchange: () => input.files[0] && take(input.files[0]),
  });
  let url;
  function take(file) {
    if (url) URL.revokeObjectURL(url);
    url = URL.createObjectURL(file);
    const image = h('img', { alt: `Preview of ${file.name}`, src: url });
    image.onerror = () => image.replaceWith(h('p', `${file.name}: this browser cannot show it, but it can be minted.`));
    replace(place, image, input);
    onFile(file);
  }
  place.append(input);
  for (const name of ['dragover', 'dragleave', 'drop']) {
    place.addEventListener(name, (event) => {
      event.preventDefault();
      place.classList.toggle('over', name === 'dragover');
      if (name === 'drop' && event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
    });
  }
  return place;
}

// ---- attributes ----

function traitList() {
  const list = h('ul.traits');
  const line = (trait = '', value = '') => {
    const item = h(
      'li',
      h('input', { value: trait, placeholder: 'eyes', ariaLabel: 'Trait', maxLength: 100 }),
      h('input', { value, placeholder: 'green', ariaLabel: 'Value', maxLength: 400 }),
      h('button', { type: 'button', ariaLabel: 'Remove this attribute', onclick: () => item.remove() }, '×'),
    );
    list.append(item);
    return item;
  };
  /** A value that is a number in decimal is one in the metadata, too. */
  const valueOf = (text) => (/^-?(0|[1-9]\d{0,14})(\.\d{1,6})?$/.test(text) ? Number(text) : text);
  return {
    list,
    addLine: () => line().firstChild.focus(),
    values: () =>
      [...list.children]
        .map(({ children: [trait, value] }) => ({ trait_type: trait.value.trim(), value: valueOf(value.value.trim()) }))
        .filter(({ trait_type: trait }) => trait),
  };
}

// ---- the stages ----

function stageList(titles) {
  const rows = titles.map((title) => h('li', h('i', '○'), h('div', title))),
    list = h('ol.stages', { ariaLive: 'polite' }, rows);
  return {
    list,
    set(i, state, ...more) {
      rows[i].className = state;
      rows[i].firstChild.textContent = { now: '◐', done: '●', wrong: '✗' }[state];
      replace(rows[i].lastChild, titles[i], ...more);
    },
  };
}

async function strike({ about, owner, file, name, description, attributes, stages }) {
  const bar = h('progress', { max: 1, value: 0, ariaLabel: 'Upload' });
  let at = 0;
  const stage = async (work) => {
    const mine = at++;
    stages.set(mine, 'now', mine === 0 && bar);
    try {
      const result = await work();
      stages.set(mine, 'done');
      return result;
    } catch (error) {
      stages.set(mine, 'wrong', h('p', wordsOf(error)));
      throw error;
    }
  };
  const fileName = safeName(file.name);
  const image = await stage(
    async () =>
      `ipfs://${await upload(file, fileName, {
        onProgress: (part) => {
          bar.value = part;
        },
      })}/${fileName}`,
  );
  const uri = await stage(
    async () => `ipfs://${await upload(new Blob([metadataOf({ name, description, image, attributes })]), 'metadata.json')}/metadata.json`,
  );
  const data = about.isAinft
    ? dataOf('mint(address to, string uri, string specUri, bytes32 specDigest)', owner, uri, ...NO_SPECIFICATION)
    : dataOf('mint(address to, string uri)', owner, uri);
  const hash = await stage(() => send({ to: about.address, data }));
  const receipt = await stage(() => receiptOf(hash));
  const { tokenId } = receipt.logs
    .filter((log) => same(log.address, about.address))
    .map((log) => readLog('Transfer', log))
    .find(Boolean);
  return { tokenId, uri, image };
}

function result({ about, tokenId, uri, image }, again) {
  const part = (whole) => whole.split('/')[2];
  return h(
    'div.panel-card',
    { role: 'status' },
    h('h2', { tabIndex: -1 }, `Struck: ${about.name} #${tokenId}`),
    h(
      'dl.facts',
      h('div', h('dt', 'token'), h('dd', tokenLink(about.address, tokenId))),
      h('div', h('dt', 'token URI'), h('dd', copy(uri, contentLink(part(uri), uri)))),
      h('div', h('dt', 'picture'), h('dd', copy(image, contentLink(part(image), image)))),
    ),
    h(
      'div.row',
      h('a.button.main', { href: tokenHref(about.address, tokenId) }, 'Look at it'),
      h('button', { type: 'button', onclick: again }, 'Mint another'),
    ),
  );
}

export default async function show({ params: [wanted], onLeave, again }) {
  const addresses = await collections(),
    here = wanted && !addresses.some((one) => same(one, wanted)) ? [wanted, ...addresses] : addresses;
  const abouts = (await Promise.all(here.slice(0, 100).map(collection))).filter(Boolean),
    chosen = abouts.findIndex(({ address }) => same(address, wanted ?? COLLECTION));
  let file = null;
  const name = h('input', { name: 'name', id: 'mint-name', required: true, maxLength: 200, autocomplete: 'off' });
  const description = h('textarea', { name: 'description', id: 'mint-description', maxLength: 5000 });
  const to = h('input', { name: 'to', id: 'mint-to', placeholder: 'Your own address', autocomplete: 'off', spellcheck: false });
  const where = h(
    'select',
    { name: 'collection', id: 'mint-where' },
    abouts.map(({ name: title, symbol, isAinft }, i) =>
      h('option', { value: i, selected: i === Math.max(chosen, 0) }, `${title} (${symbol})${isAinft ? ', AINFT' : ''}`),
    ),
  );
  const said = h('p.hint', 'PNG, JPEG, GIF, WebP, AVIF or SVG, up to 100 MiB.'),
    wrong = h('p.wrong', { role: 'alert' });
  const button = h('button.main', { type: 'submit' }, 'Mint token'),
    signer = h('p.hint'),
    outcome = h('div'),
    traits = traitList();
  onLeave(onAccount(showSigner));
  showSigner(account());
  function showSigner(current) {
    replace(
      signer,
      current
        ? ['Signed by ', h('code', current.address), current.isDevnet && ', an account of this devnet']
        : 'Connect a wallet to mint: the button is at the top.',
    );
  }

  function fault() {
    if (!file) return ['Choose a picture first.', form.querySelector('[name=picture]')];
    if (file.size > UPLOAD_BYTES_MAX)
      return [`That picture has ${sizeOf(file.size)}; the node takes 100 MiB.`, form.querySelector('[name=picture]')];
    if (file.size === 0) return ['That file is empty.', form.querySelector('[name=picture]')];
    if (!name.value.trim()) return ['Give it a name.', name];
    if (to.value.trim() && !isAddress(to.value.trim())) return ['Who gets it: an address is 0x and 40 digits.', to];
    return account() ? null : ['Connect a wallet first.', document.querySelector('mm-account button')];
  }

  async function submit(event) {
    event.preventDefault();
    const found = fault();
    wrong.textContent = found?.[0] ?? '';
    if (found) {
      found[1].focus();
      return;
    }
    const about = abouts[Number(where.value)],
      stages = stageList(['Store the picture', 'Store the metadata', 'Sign the transaction', 'Wait for the block']);
    replace(outcome, stages.list);
    button.disabled = true;
    try {
      const struck = await strike({
        about,
        owner: to.value.trim() || account().address,
        file,
        name: name.value.trim(),
        description: description.value.trim(),
        attributes: traits.values(),
        stages,
      });
      replace(outcome, result({ about, ...struck }, again));
      outcome.querySelector('h2').focus();
    } catch {
      /* the stage says why */
    } finally {
      button.disabled = false;
    }
  }

  const form = h(
    'form.mint',
    { noValidate: true, onsubmit: submit },
    h(
      'div.field',
      dropField((taken) => {
        file = taken;
        said.textContent = `${taken.name}, ${sizeOf(taken.size)}`;
        if (!name.value) name.value = taken.name.replace(/\.[^.]*$/, '');
      }),
      said,
    ),
    h(
      'div.form',
      h('div.field', h('label', { htmlFor: 'mint-name' }, 'Name'), name),
      h('div.field', h('label', { htmlFor: 'mint-description' }, 'Description'), description),
      h(
        'div.field',
        h('span.label', 'Attributes'),
        traits.list,
        h('div', h('button', { type: 'button', onclick: traits.addLine }, 'Add an attribute')),
      ),
      h('div.field', h('label', { htmlFor: 'mint-where' }, 'Collection'), where),
      h('div.field', h('label', { htmlFor: 'mint-to' }, 'Who gets it'), to),
      h('mm-token'),
      wrong,
      h('div.row', button, signer),
      outcome,
    ),
  );
  return h(
    'div',
    h(
      'header.head',
      h('h1', 'Mint a token'),
      h(
        'p.quiet',
        'The picture and what you say of it go into this node’s store under their hashes; the token names them by these, for good.',
      ),
    ),
    form,
  );
}
