// The page when things go wrong: a node that ends and begins again, a store whose disk has changed a block, a gateway that is closed.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { openBrowser, openTab, sees, skip } from './lib/chromium.mjs';
import { COLLECTION, Node } from './lib/node.mjs';
import { coin } from './lib/pictures.mjs';
import { swap } from './lib/swap.mjs';

let browser;
before(async () => { if (!skip) browser = await openBrowser(); });
after(() => browser?.close());

/** A node over a folder, on the ports of one before it. */
const again = (node) => Node.start({ data: node.data, args: ['--port', String(node.ports.rpc), '--gateway-port', String(node.ports.gateway), '--api-port', String(node.ports.api)] });

function mint(node, seed) {
  const file = path.join(node.data, `coin-${seed}.png`);
  fs.writeFileSync(file, coin(seed));
  const minted = node.run('mint', file, '--name', `Coin ${seed}`, '--json');
  assert.equal(minted.code, 0, minted.err);
  return JSON.parse(minted.out);
}

async function within(options, run) {
  let node = await Node.start(options);
  const data = node.data;
  const restart = async () => {
    if (node.child.exitCode === null) await node.stop();
    node = await again(node);
    return node;
  };
  try {
    await run(() => node, restart);
  } finally {
    await node.close();
    fs.rmSync(data, { recursive: true, force: true });
  }
}

const GONE = [/ERR_CONNECTION_REFUSED/, /WebSocket connection to/, /ERR_CONNECTION_RESET/, /ERR_EMPTY_RESPONSE/];

test('a node that ends is missed, and one that begins again is taken up where the page is', { skip, timeout: 120_000 }, () => within({}, async (node, restart) => {
  mint(node(), 1);
  const page = await openTab(browser, node(), { allow: GONE });
  await page.at('/explorer');
  await page.locator('.feed li').first().waitFor();
  await node().stop();
  await page.locator('.outage').getByText('The node does not answer.').waitFor();
  await page.locator('mm-head').getByText('not connected').waitFor();
  await page.locator('.places a', { hasText: 'Gallery' }).click();
  await page.getByRole('heading', { name: 'That did not work' }).waitFor();
  await restart();
  await page.locator('.outage').waitFor({ state: 'hidden' });
  await page.locator('.plate img.is-there').waitFor();
  const { transactionHash } = mint(node(), 2);
  await page.at('/explorer');
  await page.locator(`.feed li[data-hash="${transactionHash}"]`).waitFor(); // and what comes is told again
  assert.deepEqual(page.complaints(), []);
  await page.context().close();
}));

test('a picture that the disk has changed is red, with the reason; all before it still holds', { skip, timeout: 120_000 }, () => within({}, async (node, restart) => {
  mint(node(), 3);
  const own = coin(3), bent = Buffer.from(own);
  bent[own.length - 20] ^= 1;
  await restart(); // what was in the log is in blob files now
  await node().stop();
  assert.equal(swap(path.join(node().data, 'content'), own, bent), 1);
  await restart();
  const page = await openTab(browser, node(), { allow: [/status of 500/, /ERR_INCOMPLETE_CHUNKED_ENCODING/, /ERR_CONNECTION/] });
  await page.at(`/token/${COLLECTION}/1`);
  await page.locator('.verdict.bad').waitFor();
  const states = await page.locator('.chain > li').evaluateAll((rows) => rows.map((row) => row.dataset.state));
  assert.deepEqual(states, ['holds', 'holds', 'holds', 'holds', 'holds', 'breaks']);
  assert.match(await page.locator('.chain .why').innerText(), /does not match its CID|not what it is called/);
  await sees(page, /The node does not have its picture/);
  assert.equal(await page.locator('.picture img[src^="blob:"]').count(), 0);
  assert.deepEqual(page.complaints(), []);
  await page.context().close();
}));

/** What a gateway or a node in between could do: the page must find it, whatever it is told. */
async function lied(node, change, expected) {
  const page = await openTab(browser, node, { allow: [/status of/] });
  await change(page);
  await page.at(`/token/${COLLECTION}/1`);
  await page.locator('.verdict.bad').waitFor();
  const broken = page.locator('.chain > li[data-state="breaks"]');
  assert.equal(await broken.getAttribute('data-step'), expected.step);
  assert.match(await broken.locator('.why').innerText(), expected.why);
  await page.context().close();
}

/** Changes answers of JSON-RPC on their way: change(result) for each answer to the method. */
const bendAnswers = (page, method, change) => page.route((url) => url.pathname === '/', async (route) => {
  if (route.request().method() !== 'POST') return route.fallback();
  const members = route.request().postDataJSON(), response = await route.fetch(), answers = await response.json();
  for (const answer of answers) if (members.find(({ id }) => id === answer.id)?.method === method && answer.result) change(answer.result);
  return route.fulfill({ response, json: answers });
});

test('what a node says that is not so is found at the step where it is said', { skip, timeout: 120_000 }, () => within({}, async (node) => {
  mint(node(), 4);
  await lied(node(), (page) => bendAnswers(page, 'eth_getBlockByNumber', (block) => { block.stateRoot = `0x${'12'.repeat(32)}`; }), { step: 'header', why: /hash to 0x/ });
  await lied(node(), (page) => bendAnswers(page, 'eth_getProof', ({ accountProof }) => { accountProof[0] = `${accountProof[0].slice(0, -2)}00`; }), { step: 'account', why: /does not hash to/ });
  await lied(node(), (page) => bendAnswers(page, 'eth_getProof', ({ storageProof }) => { storageProof[0].value = '0x1234'; }), { step: 'account', why: /another value than it proves/ });
  await lied(node(), (page) => bendAnswers(page, 'eth_getProof', ({ storageProof }) => { storageProof[0].proof = storageProof[0].proof.slice(0, -1); }), { step: 'account', why: /ends before the value|lists no|does not/ });
  const bendArchive = (page, bend) => page.route((url) => url.searchParams.get('format') === 'car', async (route) => {
    const response = await route.fetch(), body = await response.body();
    await route.fulfill({ response, body: bend(body, route.request().url()) });
  });
  await lied(node(), (page) => bendArchive(page, (body, url) => { if (url.includes('metadata.json')) body[body.length - 5] ^= 1; return body; }), { step: 'metadata', why: /does not hash to its CID/ });
  await lied(node(), (page) => bendArchive(page, (body, url) => { if (url.includes('.png')) body[body.length - 5] ^= 1; return body; }), { step: 'image', why: /does not hash to its CID/ });
}));

test('with gateway and API closed the page says what it cannot do', { skip, timeout: 120_000 }, async () => {
  const node = await Node.start({ args: ['--gateway-port', 'off', '--api-port', 'off'] });
  node.gateway = node.api = node.url; // there are no others
  try {
    await node.rpc('eth_sendTransaction', { from: (await node.rpc('eth_accounts'))[0], to: COLLECTION, data: (await import('./lib/wallets.mjs')).calldata('mint', (await node.rpc('eth_accounts'))[0], 'ipfs://bafybeic54rvf4j757xs6fqwo3wmbxqaxnqcfete5bk5amktmo6eyzb3grm/metadata.json') });
    const page = await openTab(browser, node);
    await page.at(`/token/${COLLECTION}/1`);
    await page.locator('.verdict.bad').waitFor();
    await sees(page, /The gateway of this node is closed/);
    await page.at('/content');
    await page.getByText('The content API of this node is closed.').waitFor();
    assert.deepEqual(page.complaints(), []);
    await page.context().close();
  } finally {
    await node.close();
  }
});
