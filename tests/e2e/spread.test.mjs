// Content among more validators than seven: three of them hold what a token names, each node can show it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Testnet } from './lib/testnet.mjs';
import { sleep, until } from './lib/wait.mjs';

const VALIDATORS = 9;
const HOLDERS = 3;
const TOKENS = 6;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mintmark-spread-'));
let net;
before(async () => { net = await Testnet.start({ nodes: VALIDATORS, observers: 1, data: path.join(folder, 'net') }); });
after(async () => {
  await net?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

const at = (member, uri) => `${member.gateway}/ipfs/${uri.slice('ipfs://'.length)}`;

/** From its own store alone. */
async function isHere(member, uri) {
  const answer = await fetch(at(member, uri), { headers: { 'cache-control': 'only-if-cached' } });
  await answer.arrayBuffer().catch(() => undefined);
  return answer.status === 200;
}

async function holdersOf(uri) {
  const are = await Promise.all(net.nodes.map((member) => isHere(member, uri)));
  return net.nodes.filter((_, i) => are[i]).map(({ index }) => index);
}

test('three of nine validators hold a token, and every node shows it', async (t) => {
  const minter = net.nodes[VALIDATORS]; // an observer, whose own copy is a lease of the upload
  const tokens = [];
  for (let i = 0; i < TOKENS; i++) {
    const file = path.join(folder, `${i}.gif`);
    fs.writeFileSync(file, `GIF89a picture ${i}`);
    const { code, out, err } = minter.run('mint', file, '--name', `Cat ${i}`, '--replicas', String(HOLDERS), '--json', '--timeout', '60');
    assert.equal(code, 0, err);
    tokens.push(JSON.parse(out));
    assert.ok(tokens[i].replicas >= HOLDERS, `${tokens[i].replicas} replicas`);
  }
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
  for (const member of net.nodes.slice(0, VALIDATORS)) {
    for (const { tokenURI, image } of tokens) {
      const metadata = await until(async () => {
        const answer = await fetch(at(member, tokenURI));
        return answer.status === 200 && answer.json();
      }, { ms: 30_000, what: () => `metadata at node ${member.index + 1}` });
      assert.equal(metadata.image, image);
    }
  }
});
