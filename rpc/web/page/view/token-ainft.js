// The parts that an AINFT has besides: traits and specification, history with its chain of hashes, rules in force, actions and what they cost.
import { bytesOf, looseText, quantity } from '../lib/bytes.js';
import { cidText, ipfsUri, readCid } from '../lib/cid.js';
import { ZERO, same } from '../lib/address.js';
import { dataOf, view, viewOr } from '../lib/contracts.js';
import { h, facts, replace } from '../lib/dom.js';
import { wordsOf } from '../lib/errors.js';
import { plural } from '../lib/format.js';
import { persona } from '../lib/chat.js';
import { checkHistory, FORMS, historyOf } from '../lib/history.js';
import { hashOf } from '../lib/abi.js';
import { addressLink, blockLink, contentLink, copy, timeOf, transactionLink } from '../lib/links.js';
import { rpc } from '../lib/rpc.js';
import { votesSection } from './token-votes.js';
import { busy, later, toast } from '../lib/states.js';
import { account, onAccount, receiptOf, send } from '../lib/wallet.js';

const section = (title, content) => h('section.section', h('header', h('h2', title)), content);

// ---- what it is ----

function specification({ uri, digest, version, updatedAt }) {
  if (Number(version) === 0) return h('p.quiet', 'No specification was set.');
  const content = ipfsUri(uri);
  return facts([
    ['uri', content ? contentLink(content.text) : h('code', uri)],
    ['SHA-256', copy(digest)],
    ['version', `${Number(version)}`],
    ['since', timeOf(Number(updatedAt))],
  ]);
}

async function nature(address, id, attributes) {
  const data = await rpc('ainft_metadata', address, quantity(id), 'latest');
  return [
    attributes(data.attributes) || h('p.quiet', 'It has no traits.'),
    facts([
      ['agent', same(data.agentWallet, ZERO) ? h('span.quiet', 'none: nobody answers for it') : addressLink(data.agentWallet)],
      ['credits it holds', `${BigInt(data.tokenCredit)}`],
    ]),
    h('h3', 'Specification'),
    specification(data.specification),
  ];
}

// ---- history ----

const KINDS = ['chat', 'levelup', 'note', 'vote', 'trade'];
const kindName = (hash) => KINDS.find((name) => hashOf(name) === hash) ?? `${hash.slice(0, 10)}…`;

function contentOf({ form, content }) {
  const which = Number(form);
  if (which === 1) {
    try {
      return contentLink(cidText(readCid(bytesOf(content))));
    } catch {
      return h('span', 'a CID that is none');
    }
  }
  if (which === 2) return copy(content);
  const bytes = bytesOf(content),
    text = looseText(bytes);
  if (/[\u0000-\u0008\ufffd]/.test(text))
    return bytes.length === 32 && BigInt(content) < 2n ** 64n ? h('span', `${BigInt(content)}`) : h('code', content.slice(0, 140));
  return h('span', text.slice(0, 400) || '(empty)');
}

async function past(address, id) {
  const entries = await historyOf(address, id),
    verdict = h('p.verdict', { role: 'status' }, 'Checking its chain of hashes');
  checkHistory(address, id, entries).then(
    ({ block, head }) => {
      verdict.classList.add('good');
      replace(verdict, `✓ Whole and in order: ${plural(entries.length, 'entry', 'entries')}, each hash proven by block ${block}`);
      verdict.title = head;
    },
    (error) => {
      verdict.classList.add('bad');
      replace(verdict, `✗ ${wordsOf(error)}`);
    },
  );
  return [
    verdict,
    entries.length > 0 &&
      h(
        'ol.moves.history',
        entries
          .slice(-100)
          .reverse()
          .map((entry) =>
            h(
              'li',
              h('span.when', timeOf(Number(entry.time))),
              h(
                'div',
                h('strong', kindName(entry.kind)),
                ' by ',
                addressLink(entry.author),
                !same(entry.author, entry.submitter) && [' through ', addressLink(entry.submitter)],
                entry.weight > 1n && `, ${plural(entry.weight, 'turn')}`,
                h('p', contentOf(entry)),
                h('p.small.quiet', FORMS[Number(entry.form)]),
              ),
              h('span.small.quiet', `entry ${entry.index}, block `, blockLink(entry.block), ', ', transactionLink(entry.transaction)),
            ),
          ),
      ),
  ];
}

// ---- rules ----

async function rules(address) {
  const targets = await view(address, 'ruleTargets'),
    all = await Promise.all(targets.map((target) => view(address, 'getRule', target)));
  return h(
    'div.rules',
    all.map(({ name, source, version, activeFrom, sourceHash }) =>
      h(
        'div.rule',
        h('header', h('strong.code', name), h('span.small.quiet', `version ${version}, since block `, blockLink(activeFrom))),
        h('pre', { title: sourceHash }, source),
      ),
    ),
  );
}

// ---- actions ----

const OPS = { 1: 'sets trait', 2: 'mints credits to you', 3: 'adds credits to it', 4: 'takes credits from it', 5: 'writes history' };

function action({ address, id, hash, about, again }) {
  const place = h('div'),
    price = h('span.small'),
    button = h('button', { type: 'button' }, 'Perform');
  const ask = async () => {
    const caller = account()?.address;
    button.disabled = true;
    if (!caller) {
      price.textContent = 'Connect a wallet to see whether you may.';
      return;
    }
    const quote = await viewOr(null, address, 'quote', id, hash, caller, []);
    price.textContent = quote?.allowed ? `You may, for ${plural(quote.price, 'credit')}.` : 'You may not, as things stand.';
    button.disabled = !quote?.allowed;
    button.onclick = () =>
      busy(button, place, async () => {
        await receiptOf(await send({ to: address, data: dataOf('perform', id, hash, [], quote.price) }));
        toast(`${about.name}: done.`);
        again();
      });
  };
  ask().catch((error) => {
    price.textContent = wordsOf(error);
  });
  return {
    ask,
    element: h(
      'div.rule',
      h('header', h('strong.code', about.name), h('span.small.quiet', `version ${about.version}`)),
      facts([
        ['allowed when', h('code', about.guard)],
        ['price', h('code', about.price)],
        ...about.effects.map(({ values: [op, , expr] }) => [OPS[Number(op)] ?? 'does', h('code', expr)]),
      ]),
      h('div.row', button, price),
      place,
    ),
  };
}

async function actions({ address, id, again, onLeave }) {
  const hashes = await view(address, 'actions');
  if (!hashes.length) return h('p.quiet', 'Its collection has no actions.');
  const list = await Promise.all(
    hashes.map(async (hash) => action({ address, id, hash, about: await view(address, 'getAction', hash), again })),
  );
  onLeave(onAccount(() => list.forEach(({ ask }) => ask().catch(() => {}))));
  return h(
    'div.rules',
    list.map(({ element }) => element),
  );
}

/** A token without an agent has nobody to speak for it, and is not asked. */
async function talkLink(address, id) {
  const data = await rpc('ainft_metadata', address, quantity(id), 'latest');
  const about = !same(data.agentWallet, ZERO) && (await persona(address, id));
  return about && h('p.section', h('a.button.main', { href: `#/chat/${address}/${id}` }, `Talk with ${about.name}`));
}

export function ainftParts({ address, id, again, attributes, onLeave }) {
  return h(
    'div',
    later(talkLink(address, id), h('span')),
    section('What it is', later(nature(address, id, attributes))),
    section('What happened to it', later(past(address, id))),
    section('What can be done', later(actions({ address, id, again, onLeave }))),
    section('Rules in force', later(rules(address))),
    votesSection({ address, again, onLeave }),
  );
}
