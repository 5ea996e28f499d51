// A token as a profile picture: it is shown while its owner has it, and no longer than the block in which that ends; an ordinary picture
// may be changed by its owner at any time, and says nothing of any token.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { getAddress } from 'ethers';
import { Browser, signedIn } from './lib/browser.mjs';
import { picture } from './lib/bytes.mjs';
import { onlyAlone, startChain } from './lib/chain.mjs';
import { COLLECTION } from './lib/node.mjs';
import { until } from './lib/wait.mjs';
import { calldata, sign, walletOf } from './lib/wallets.mjs';

const [minter, alice, bob, carol] = [0, 1, 2, 3].map(walletOf);

let chain;
let node; // where people sign in: in a network not the one that transactions are sent to
before(async () => {
  chain = await startChain();
  node = chain.far;
});
after(() => chain?.close());

// ---- the chain ----

async function send(wallet, name, ...args) {
  const nonce = Number(await chain.rpc('eth_getTransactionCount', wallet.address, 'latest'));
  const hash = await chain.rpc('eth_sendRawTransaction', sign(wallet, { nonce, data: calldata(name, ...args) }).serialized);
  const receipt = await chain.receipt(hash);
  assert.equal(receipt.status, '0x1', name);
  await chain.everywhere(receipt.blockNumber);
  return receipt;
}

async function upload(bytes, name = 'file') {
  const form = new FormData();
  form.append('file', new Blob([bytes]), name);
  const response = await fetch(`${chain.api}/api/v0/add?cid-version=1`, { method: 'POST', body: form });
  assert.equal(response.status, 200);
  return (await response.json()).Hash;
}

/** A token of the owner's with this picture, whose content the node has. */
async function mint(owner, bytes, name = 'Cat') {
  const image = `ipfs://${await upload(bytes)}`;
  const uri = `ipfs://${await upload(JSON.stringify({ name, image }))}`;
  const receipt = await send(minter, 'mint', owner.address, uri);
  const token = BigInt(receipt.logs[0].topics[3]).toString();
  const isHere = async () => (await fetch(`${node.gateway}/ipfs/${image.slice(7)}`, { method: 'HEAD' })).ok && (await fetch(`${node.gateway}/ipfs/${uri.slice(7)}`)).ok;
  await until(isHere, { ms: 30_000, what: () => `the content of token ${token}, behind ${node.logs}` });
  return { token, uri, image };
}

// ---- what is shown ----

const of = (token, more = {}) => ({ chain: 31337, collection: COLLECTION, token, ...more });
const profile = async ({ address }, door = node) => (await new Browser(door).ask(`/profile/${address}`)).json;
const embedded = ({ address }, { door = node, ...options } = {}) => new Browser(door).ask(`/avatar/${address}?verified=1&fallback=identicon`, options);
/** The kind of picture that pages embed, and its bytes where they are given. */
async function shows(whose, kind, bytes, door = node) {
  const answer = await embedded(whose, { door });
  assert.deepEqual([answer.status, answer.headers.get('x-mintmark-avatar')], [200, kind], answer.text.slice(0, 100));
  assert.equal(answer.headers.get('cache-control'), 'no-cache');
  assert.equal(answer.headers.get('access-control-allow-origin'), '*');
  if (bytes) assert.ok(answer.bytes.equals(bytes));
  return answer;
}

/** PUT of a token, until the node has its content whole: a network's nodes get it a moment later. */
async function put(browser, { address }, body) {
  let answer;
  await until(async () => (answer = await browser.put(`/profile/${address}`, body)).status !== 409 || !/not in this node/.test(answer.text), { ms: 30_000, what: () => answer?.text });
  return answer;
}

test('a token is shown as its owner\'s picture, with what was checked', async () => {
  const cat = picture('cat');
  const { token, uri, image } = await mint(alice, cat);
  const browser = await signedIn(node, alice);
  assert.deepEqual(await profile(alice), { address: alice.address, verified: null, was: null, avatar: null });
  await shows(alice, 'generated');
  const answer = await put(browser, alice, of(token));
  assert.equal(answer.status, 200, answer.text);

  const { verified, was, avatar } = await profile(alice);
  assert.deepEqual([was, avatar], [null, null]);
  const { block, cid, ...rest } = verified;
  assert.deepEqual(rest, { chain: 31337, collection: getAddress(COLLECTION), token, asset: `eip155:31337/erc721:${getAddress(COLLECTION)}/${token}`, name: 'Cat', tokenURI: uri, image,
    gatewayPath: `/ipfs/${cid}`, type: 'image/png', bytes: cat.length, picture: `/avatar/${alice.address}?verified=1` });
  assert.equal((await chain.rpc('eth_getBlockByNumber', `0x${block.number.toString(16)}`, false)).hash, block.hash);
  const shown = await shows(alice, 'verified', cat);
  assert.equal(shown.headers.get('content-type'), 'image/png');
  assert.match(shown.headers.get('content-security-policy'), /^sandbox/);
  assert.equal((await embedded(alice, { headers: { 'if-none-match': shown.headers.get('etag') } })).status, 304);
  assert.ok(Buffer.from(await (await fetch(node.gateway + verified.gatewayPath)).arrayBuffer()).equals(cat), 'the same bytes at the gateway');
  for (const door of [node.gateway, node.api]) assert.equal((await fetch(`${door}/avatar/${alice.address}?verified=1`)).headers.get('x-mintmark-avatar'), 'verified');
  assert.equal((await browser.ask(`/profile/${alice.address}`, { method: 'DELETE' })).status, 204);
  await shows(alice, 'generated');
});

test('a transfer ends it with its block, and so does a burn', async () => {
  const cat = picture('leaving');
  const self = picture('self');
  const { token } = await mint(alice, cat);
  const browser = await signedIn(node, alice);
  assert.ok([200, 201].includes((await browser.put(`/avatar/${alice.address}`, self)).status));
  assert.equal((await put(browser, alice, of(token))).status, 200);
  const before = await shows(alice, 'verified', cat);

  await send(alice, 'transferFrom', alice.address, bob.address, token);
  const after = await embedded(alice, { headers: { 'if-none-match': before.headers.get('etag') } });
  assert.deepEqual([after.status, after.headers.get('x-mintmark-avatar')], [200, 'ordinary'], 'what a browser has kept is no longer good');
  assert.ok(after.bytes.equals(self));
  const { verified, was, avatar } = await profile(alice);
  assert.equal(verified, null);
  assert.deepEqual([was.token, was.reason], [token, 'moved']);
  assert.equal(avatar, `/avatar/${alice.address}`);
  await shows(bob, 'generated');

  const bobs = await signedIn(node, bob);
  assert.equal((await put(bobs, bob, of(token))).status, 200);
  await shows(bob, 'verified', cat);
  const again = await browser.put(`/profile/${alice.address}`, of(token));
  assert.equal(again.status, 403);
  assert.match(again.text, /another address's/);
  await send(bob, 'burn', token);
  assert.equal((await profile(bob)).was.reason, 'burned');
  await shows(bob, 'generated');
  assert.equal((await bobs.put(`/profile/${bob.address}`, of(token))).status, 404);
});

test('only who is signed in as the address, on the node\'s own page, sets anything', async () => {
  const { token } = await mint(carol, picture('carol'));
  const carols = await signedIn(node, carol);
  const bobs = await signedIn(node, bob);
  const path = `/profile/${carol.address}`;
  const before = await profile(carol);
  assert.equal((await new Browser(node).put(path, of(token))).status, 401, 'nobody');
  assert.equal((await bobs.put(path, of(token))).status, 403, 'another\'s session');
  assert.equal((await bobs.put(`/avatar/${carol.address}`, picture('bob'))).status, 403);
  assert.equal((await bobs.ask(path, { method: 'DELETE' })).status, 403);
  for (const origin of ['http://localhost:3000', 'https://evil.example', 'null']) {
    for (const [where, body] of [[path, of(token)], [`/avatar/${carol.address}`, picture('evil')]]) {
      const answer = await carols.put(where, body, { origin });
      assert.equal(answer.status, 403, origin);
      assert.equal(answer.headers.get('access-control-allow-origin'), null);
    }
    const preflight = await carols.ask(path, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'PUT' } });
    assert.equal(preflight.headers.get('access-control-allow-origin'), null, 'no page may ask to');
    const read = await carols.ask(path, { headers: { origin } });
    assert.equal(read.headers.get('access-control-allow-origin'), '*', 'any page may read');
  }
  assert.deepEqual(await profile(carol), before);
  assert.equal((await put(carols, carol, of(token))).status, 200);
});

test('what has nothing to show, or is not this chain\'s, is refused by name', async () => {
  const browser = await signedIn(node, alice);
  const path = `/profile/${alice.address}`;
  const svg = await mint(alice, Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'));
  const text = await mint(alice, Buffer.from('no picture'));
  const elsewhere = await send(minter, 'mint', alice.address, 'https://example.org/1.json');
  const refused = [
    [of(svg.token), 415, /picture/], [of(text.token), 415, /picture/], [of(BigInt(elsewhere.logs[0].topics[3]).toString()), 422, /ipfs/],
    [of('999999'), 404, /no such token/], [of(svg.token, { chain: 1 }), 409, /another chain/], [of(svg.token, { collection: bob.address }), 404, /no such token/],
    [of('seven'), 400, /body/], [{}, 400, /body/],
  ];
  for (const [body, status, words] of refused) {
    const answer = await put(browser, alice, body);
    assert.equal(answer.status, status, `${JSON.stringify(body)}: ${answer.text}`);
    assert.match(answer.text, words);
  }
  assert.equal((await browser.put(path, of('1'.repeat(5000)))).status, 413);
});

test('an ordinary picture is its owner\'s to swap, by session or by signature, and a token\'s is nobody\'s', async () => {
  const token = picture('of the token');
  const { token: id } = await mint(bob, token);
  const browser = await signedIn(node, bob);
  const url = `/avatar/${bob.address}`;
  for (const seed of ['first', 'second', 'first']) {
    assert.ok([200, 201].includes((await browser.put(url, picture(seed))).status));
    const shown = await new Browser(node).ask(url);
    assert.deepEqual([shown.status, shown.headers.get('x-mintmark-avatar')], [200, 'ordinary']);
    assert.ok(shown.bytes.equals(picture(seed)));
  }
  const sha256 = createHash('sha256').update(picture('signed')).digest('hex');
  const expires = Math.floor(Date.now() / 1000) + 600;
  const words = ['mintmark: set my profile picture', `address: ${bob.address}`, 'chain: 31337', `sha256: ${sha256}`, `expires: ${expires}`].join('\n');
  const query = `?expires=${expires}&signature=${await bob.signMessage(words)}`;
  const signed = () => new Browser(node).put(url + query, picture('signed'));
  assert.equal((await signed()).status, 200);
  assert.equal((await browser.put(url, picture('third'))).status, 200);
  assert.equal((await signed()).status, 401, 'a signed request is good once, whatever was set since');

  assert.equal((await put(browser, bob, of(id))).status, 200);
  assert.equal((await browser.put(url, picture('fourth'))).status, 200);
  await shows(bob, 'verified', token);
  const { verified: { gatewayPath } } = await profile(bob);
  assert.equal((await fetch(node.gateway + gatewayPath, { method: 'PUT', body: picture('fourth') })).status, 405);
  await shows(bob, 'verified', token);
});

test('an identicon is the same for an address everywhere, and cannot run', async () => {
  const stranger = { address: getAddress(`0x${'12'.repeat(20)}`) };
  assert.equal((await new Browser(node).ask(`/avatar/${stranger.address}?verified=1`)).status, 404);
  const [here, there] = [await shows(stranger, 'generated'), await shows(stranger, 'generated', undefined, chain.nodes[0])];
  assert.equal(here.text, there.text);
  assert.equal(here.headers.get('content-type'), 'image/svg+xml');
  assert.match(here.headers.get('content-security-policy'), /^sandbox; default-src 'none'/);
  assert.doesNotMatch(here.text, /script|href|url\(|\son/i);
  assert.notEqual(here.text, (await shows({ address: getAddress(`0x${'34'.repeat(20)}`) }, 'generated')).text);
});

test('the element is one file that any page may load', async () => {
  const answer = await new Browser(node).ask('/avatar.js', { headers: { origin: 'https://elsewhere.example' } });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'text/javascript; charset=utf-8');
  assert.equal(answer.headers.get('access-control-allow-origin'), '*');
  assert.match(answer.text, /customElements\.define\('mintmark-avatar'/);
  assert.equal((await new Browser(node).ask('/avatar.js', { headers: { 'if-none-match': answer.headers.get('etag') } })).status, 304);
});

test('what an address shows is there after a restart, and is looked at again', onlyAlone('it is one node that is started again'), async () => {
  const cat = picture('restart');
  const { token } = await mint(alice, cat);
  const browser = await signedIn(node, alice);
  assert.equal((await put(browser, alice, of(token))).status, 200);
  await chain.stop();
  const { data, ownsData } = chain;
  chain = await startChain({ data });
  chain.ownsData = ownsData;
  node = chain.far;
  await shows(alice, 'verified', cat);
  await send(alice, 'transferFrom', alice.address, bob.address, token);
  assert.equal((await profile(alice)).was.reason, 'moved');
});

test('a chain that is taken back takes the picture with it', onlyAlone('dev control'), async () => {
  const cat = picture('taken back');
  const { token } = await mint(carol, cat);
  const carols = await signedIn(node, carol);
  assert.equal((await put(carols, carol, of(token))).status, 200);
  const snapshot = await chain.rpc('evm_snapshot');
  await send(carol, 'transferFrom', carol.address, bob.address, token);
  assert.equal((await profile(carol)).was.reason, 'moved');
  assert.equal(await chain.rpc('evm_revert', snapshot), true);
  await shows(carol, 'verified', cat);
});
