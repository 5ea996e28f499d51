// What the node's store has: a root with its entries, who holds it, how many other nodes have it; or what is held at all.
import '../element/token.js';
import { TokenError } from '../lib/access.js';
import { parseCid, cidText, RAW } from '../lib/cid.js';
import { facts, h } from '../lib/dom.js';
import { bytes, count, plural } from '../lib/format.js';
import { contentLink, copy, trail } from '../lib/links.js';
import { api, node } from '../lib/node.js';
import { empty, later } from '../lib/states.js';
import { placesIn, table } from './explorer-parts.js';

const SHOWN = 200;

async function entries(cid) {
  const [
    {
      Objects: [{ Links }],
    },
  ] = await api(`ls?arg=${cid}`);
  const named = Links.filter(({ Name }) => Name);
  return named.length
    ? table(
        'Entries',
        ['name', 'size', 'CID'],
        named.slice(0, SHOWN).map(({ Name, Size, Hash }) => [Name, bytes(Size), contentLink(Hash)]),
      )
    : h('p.quiet', 'It is one file, not a directory.');
}

async function holders(cid) {
  const [pins, replicas] = await Promise.all([
    api(`pin/ls?kinds=true&arg=${cid}`).catch(() => []),
    api(`repo/replicas?arg=${cid}&min=0`).catch(() => []),
  ]);
  const held = Object.values(pins[0]?.Keys ?? {})[0];
  return facts([
    ['held for', held ? (held.Kinds ?? [held.Type]).join(', ') : 'nobody by itself: it may hang from another root, or go'],
    ['on other nodes', replicas[0] ? plural(replicas[0].Replicas, 'replica') : 'not known'],
  ]);
}

async function picture(cid, entry = '') {
  const { gateway } = await node();
  if (!gateway) return null;
  const image = h('img', { alt: '', src: `${gateway}/ipfs/${cid}${entry}` });
  return image.decode().then(
    () => h('figure.content-picture', image),
    () => null,
  );
}

async function one(text) {
  const cid = parseCid(text),
    name = cidText(cid);
  const [stat] = await api(`dag/stat?arg=${text}`),
    [root] = stat.DagStats ?? [];
  const [
    {
      Objects: [{ Links }],
    },
  ] = cid.codec === RAW ? [{ Objects: [{ Links: [] }] }] : await api(`ls?arg=${text}`).catch(() => [{ Objects: [{ Links: [] }] }]);
  const only = Links.length === 1 && Links[0].Name ? `/${encodeURIComponent(Links[0].Name)}` : '';
  return [
    await picture(text, only),
    facts([
      ['CID', copy(name)],
      ['codec', cid.codec === RAW ? 'raw bytes' : cid.codec === 0x70 ? 'dag-pb' : `0x${cid.codec.toString(16)}`],
      ['blocks', count(root?.NumBlocks ?? stat.UniqueBlocks)],
      ['size', bytes(root?.Size ?? stat.TotalSize)],
      (await node()).gateway && [
        'at the gateway',
        h('a', { href: `${(await node()).gateway}/ipfs/${text}${only}`, rel: 'noreferrer' }, 'open'),
      ],
    ]),
    h('section.section', h('h2', 'Who has it'), later(holders(text))),
    h('section.section', h('h2', 'Entries'), later(entries(text))),
  ];
}

async function all() {
  const [[repo], [{ Keys }]] = await Promise.all([api('repo/stat'), api('pin/ls?kinds=true&type=recursive')]),
    roots = Object.entries(Keys ?? {});
  return [
    h(
      'dl.gauges',
      [
        ['stored', bytes(repo.RepoSize)],
        ['room', bytes(repo.StorageMax)],
        ['blocks', count(repo.NumObjects)],
        ['roots', count(roots.length)],
      ].map(([term, value]) => h('div', h('dt', term), h('dd', value))),
    ),
    h(
      'section.section',
      h('h2', 'What is held'),
      roots.length
        ? table(
            'Roots',
            ['CID', 'held for'],
            roots.slice(0, SHOWN).map(([cid, { Kinds, Type }]) => [contentLink(cid, true), (Kinds ?? [Type]).join(', ')]),
          )
        : empty('Nothing yet', 'What is minted or added stays here under its hash.'),
      roots.length > SHOWN && h('p.quiet', `${roots.length - SHOWN} more are not shown.`),
    ),
  ];
}

/** What there is, or the field for the token that the API asks for. */
async function parts(cid, again) {
  try {
    return await (cid ? one(cid) : all());
  } catch (error) {
    if (error instanceof TokenError) return h('mm-token', { ongiven: again });
    throw error;
  }
}

export default async function show({ params: [cid], again }) {
  return h(
    'div',
    h(
      'header.head',
      cid && trail(h('a', { href: '#/content' }, 'Content'), 'root'),
      h('h1', 'Content'),
      cid ? h('div.line', copy(cid)) : placesIn('content'),
    ),
    await parts(cid, again),
  );
}
