// Content among more validators than seven: three of them hold what a token names, each node can show it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { picture } from './lib/bytes.mjs';
import { at, Gallery, own } from './lib/gallery.mjs';
import { sleep, until } from './lib/wait.mjs';

const VALIDATORS = 9;
const HOLDERS = 3;
const TOKENS = 6;
let gallery;
before(async () => { gallery = await Gallery.start({ nodes: VALIDATORS, observers: 1 }); });
after(() => gallery?.close());

async function isHere(member, uri) {
  const answer = await own(member, uri);
  await answer.arrayBuffer().catch(() => undefined);
  return answer.status === 200;
}

async function holdersOf(uri) {
  const are = await Promise.all(gallery.nodes.map((member) => isHere(member, uri)));
  return gallery.nodes.filter((_, i) => are[i]).map(({ index }) => index);
}

test('three of nine validators hold a token, and every node shows it', async (t) => {
  const minter = gallery.nodes[VALIDATORS]; // an observer, whose own copy is a lease of the upload
  const tokens = Array.from({ length: TOKENS }, (_, i) => gallery.mint(minter, `${i}.png`, picture(i), HOLDERS));
  await sleep(3000); // whoever else would fetch it has had the time
  const seen = new Set();
  for (const { tokenURI, image } of tokens) {
    const holders = (await holdersOf(tokenURI)).filter((index) => index !== minter.index);
    assert.equal(holders.length, HOLDERS, `${tokenURI} is at ${holders}`);
    assert.deepEqual((await holdersOf(image)).filter((index) => index !== minter.index), holders, 'its picture is where it is');
    for (const index of holders) seen.add(index);
  }
  assert.ok(seen.size > HOLDERS, 'not always the same three');
  t.diagnostic(`${TOKENS} tokens are at ${seen.size} of ${VALIDATORS} validators`);
  minter.kill();
  for (const member of gallery.nodes.slice(0, VALIDATORS)) {
    for (const { tokenURI, image } of tokens) {
      const metadata = await until(async () => {
        const answer = await fetch(at(member, tokenURI));
        return answer.status === 200 && answer.json();
      }, { ms: 30_000, what: () => `metadata at node ${member.index + 1}` });
      assert.equal(metadata.image, image);
    }
  }
});
