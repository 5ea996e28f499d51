// The page of a node in a real browser: gallery, minting, what an owner may do, the proof of a token, the explorer, search; wallets that
// agree, refuse and are elsewhere; a node that goes away and comes back.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { connectWallet, installWallet, openBrowser, openTab, sees, skip, textOf } from './lib/chromium.mjs';
import { COLLECTION, Node } from './lib/node.mjs';
import { coin } from './lib/pictures.mjs';
import { calldata, walletOf } from './lib/wallets.mjs';

let node, browser;
const PICTURES = 5;

function mint(seed, ...more) {
  const file = path.join(node.data, `coin-${seed}.png`);
  fs.writeFileSync(file, coin(seed));
  const minted = node.run('mint', file, '--name', `Coin ${seed}`, '--description', `The ${seed}. of its kind`, '--attribute', `petals=${3 + (seed * 7) % 6}`, '--json', ...more);
  assert.equal(minted.code, 0, minted.err);
  return JSON.parse(minted.out);
}

before(async () => {
  if (skip) return;
  node = await Node.start();
  for (let seed = 1; seed <= PICTURES; seed++) mint(seed);
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await node?.close();
});

/** A test in a tab of its own, which ends without complaints. */
const inTab = (name, run, options = {}) => test(name, { skip, timeout: 120_000 }, async () => {
  const page = await openTab(browser, node, options);
  try {
    await run(page);
    assert.deepEqual(page.complaints(), []);
  } finally {
    await page.context().close();
  }
});

inTab('the gallery shows each collection with its newest pictures', async (page) => {
  await page.at('/');
  await page.locator('.plate img.is-there').nth(PICTURES - 1).waitFor();
  assert.equal(await page.locator('.plate').count(), PICTURES);
  await sees(page, /Coin 5 #5 .*Coin 1 #1/);
  await page.getByRole('link', { name: /Coin 3/ }).click();
  await page.getByRole('heading', { name: 'Coin 3', level: 1 }).waitFor();
  assert.equal(new URL(page.url()).hash, `#/token/${COLLECTION}/3`);
});

inTab('a token page proves the token, from the block’s hash to the last byte of the picture', async (page) => {
  await page.at(`/token/${COLLECTION}/2`);
  await page.locator('.verdict.good').waitFor();
  assert.deepEqual(await page.locator('.chain > li').evaluateAll((rows) => rows.map((row) => [row.dataset.step, row.dataset.state])),
    ['header', 'account', 'owner', 'tokenURI', 'metadata', 'image'].map((step) => [step, 'holds']));
  const text = await textOf(page), [, two] = JSON.parse(node.run('list', '--json').out).sort((a, b) => Number(a.tokenId) - Number(b.tokenId));
  assert.match(text, /Coin 2/);
  assert.match(text, /petals 8|petals 5/);
  assert.ok(text.includes(two.tokenURI));
  await page.locator('.picture img[src^="blob:"]').waitFor(); // the bytes that were hashed are the ones that are shown
  assert.match(text, /minted to/);
});

inTab('a picture is minted with a wallet of the browser, transferred, and burned', async (page) => {
  const state = await installWallet(page, node, { index: 3 }), bob = walletOf(4).address;
  await page.at('/mint');
  await connectWallet(page);
  await page.locator('[name=picture]').setInputFiles({ name: 'A new coin.png', mimeType: 'image/png', buffer: coin(11) });
  await page.getByLabel('Name').fill('Struck here <b>&amp;');
  await page.getByLabel('Description').fill('Über “Zeichen” und <script>alert(1)</script>');
  await page.getByRole('button', { name: 'Add an attribute' }).click();
  await page.getByLabel('Trait', { exact: true }).fill('metal');
  await page.getByLabel('Value', { exact: true }).fill('mint');
  await page.getByRole('button', { name: 'Mint token' }).click();
  await page.getByRole('heading', { name: /^Struck:/ }).waitFor();
  const id = Number(/#(\d+)/.exec(await page.getByRole('heading', { name: /^Struck:/ }).innerText())[1]);
  const shown = JSON.parse(node.run('show', String(id), '--json').out);
  assert.equal(shown.owner, state.wallet.address);
  assert.equal(node.run('verify', String(id)).code, 0, 'what the page stored is what the command verifies');
  await page.getByRole('link', { name: 'Look at it' }).click();
  await page.locator('.verdict.good').waitFor();
  await sees(page, /Struck here <b>&amp;.*Über “Zeichen” und <script>alert\(1\)<\/script>/);

  await page.getByText('Transfer', { exact: true }).click();
  await page.getByLabel('To which address').fill('0x12');
  await page.getByRole('button', { name: 'Transfer token' }).click();
  await page.getByText('An address is 0x and 40 digits.').waitFor();
  await page.getByText('Approve', { exact: true }).first().click();
  await page.getByLabel('Who may transfer it').fill(bob);
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByText('Approved.').waitFor();
  await page.getByText('Burn', { exact: true }).click();
  await page.getByLabel(`Type ${id} to burn the token`).fill(String(id));
  await page.getByRole('button', { name: 'Burn token' }).click();
  await page.getByRole('heading', { name: 'Nobody has this token' }).waitFor();
  await page.getByText(/burned by/).first().waitFor();
});

inTab('the devnet wallet mints where no wallet is installed, and a transfer is seen by who looks on', async (page) => {
  await page.at('/mint');
  await connectWallet(page, 'Devnet wallet', 1);
  await page.locator('[name=picture]').setInputFiles({ name: 'devnet.png', mimeType: 'image/png', buffer: coin(12) });
  await page.getByRole('button', { name: 'Mint token' }).click();
  await page.getByRole('link', { name: 'Look at it' }).click();
  await page.getByRole('heading', { name: 'devnet', level: 1 }).waitFor();
  const id = page.url().split('/').pop();
  await page.getByText('Transfer', { exact: true }).click();
  await page.getByLabel('To which address').fill(walletOf(5).address);
  await page.getByRole('button', { name: 'Transfer token' }).click();
  await page.locator('.who').getByTitle(walletOf(5).address).waitFor();
  assert.equal(await page.locator('.deeds').count(), 0, 'it is not theirs any more');
  await node.rpc('eth_sendTransaction', { from: walletOf(5).address, to: COLLECTION, data: calldata('transferFrom', walletOf(5).address, walletOf(6).address, id) });
  await page.locator('.who').getByTitle(walletOf(6).address).waitFor();
});

inTab('a wallet that knows nothing of EIP-6963 is found where such wallets are', async (page) => {
  const state = await installWallet(page, node, { index: 6, isOld: true });
  await page.at('/profile');
  await connectWallet(page, 'Browser wallet');
  await page.locator('main').getByTitle(state.wallet.address).waitFor();
  await page.reload(); // and it is remembered, without asking
  state.asked.length = 0;
  await page.locator('main').getByTitle(state.wallet.address).waitFor();
  assert.ok(!state.asked.includes('eth_requestAccounts'));
});

inTab('a chain that is taken back takes what was shown of it', async (page) => {
  const snapshot = await node.rpc('evm_snapshot'), { tokenId } = mint(30);
  await page.at(`/token/${COLLECTION}/${tokenId}`);
  await page.locator('.verdict.good').waitFor();
  await node.rpc('evm_revert', snapshot);
  await page.getByRole('heading', { name: 'Nobody has this token' }).waitFor();
});

inTab('a wallet that refuses changes nothing, and the page says so', async (page) => {
  const state = await installWallet(page, node, { index: 3 }), supply = () => node.rpc('eth_call', { to: COLLECTION, data: calldata('totalSupply') }, 'latest'), before = await supply();
  state.isRefusing = true;
  await page.at('/mint');
  await connectWallet(page);
  await page.getByText('You declined in your wallet').waitFor();
  state.isRefusing = false;
  await page.getByRole('button', { name: 'Back' }).click();
  await page.locator('mm-account .panel').getByRole('button', { name: 'Test Wallet' }).click();
  state.isRefusing = true;
  await page.locator('[name=picture]').setInputFiles({ name: 'refused.png', mimeType: 'image/png', buffer: coin(13) });
  await page.getByRole('button', { name: 'Mint token' }).click();
  await page.locator('.stages .wrong').getByText('You declined in your wallet').waitFor();
  assert.equal(await supply(), before);
  assert.ok(await page.getByRole('button', { name: 'Mint token' }).isEnabled(), 'it can be tried again');
});

inTab('a wallet on another chain is asked to come here, and told when it does not', async (page) => {
  const state = await installWallet(page, node, { index: 3, chainId: 1, knows: [1] });
  await page.at('/mint');
  await connectWallet(page);
  await page.locator('[name=picture]').setInputFiles({ name: 'chain.png', mimeType: 'image/png', buffer: coin(14) });
  state.isRefusing = true;
  await page.getByRole('button', { name: 'Mint token' }).click();
  await page.locator('.stages .wrong').getByText(/on another chain, and you declined/).waitFor();
  state.isRefusing = false;
  await page.getByRole('button', { name: 'Mint token' }).click();
  await page.getByRole('heading', { name: /^Struck:/ }).waitFor();
  assert.ok(state.asked.includes('wallet_addEthereumChain'));
  assert.equal(state.chainId, 31337);
});

inTab('what is missing in a mint is said where it is missing', async (page) => {
  await page.at('/mint');
  await page.getByRole('button', { name: 'Mint token' }).click();
  await page.getByText('Choose a picture first.').waitFor();
  await page.locator('[name=picture]').setInputFiles({ name: '.png', mimeType: 'image/png', buffer: coin(15) });
  await page.getByLabel('Name').fill(' ');
  await page.getByRole('button', { name: 'Mint token' }).click();
  await page.getByText('Give it a name.').waitFor();
  await page.getByLabel('Name').fill('x');
  await page.getByRole('button', { name: 'Mint token' }).click();
  await page.locator('.wrong').getByText('Connect a wallet first.').waitFor();
});

inTab('the explorer shows blocks, transactions with their calls and events in words, accounts, and follows the chain', async (page) => {
  await page.at('/explorer');
  await page.locator('.feed').first().locator('li').first().waitFor();
  const { transaction } = { transaction: mint(20).transactionHash };
  await page.locator(`.feed li[data-hash="${transaction}"]`).waitFor();
  await page.locator(`.feed li[data-hash="${transaction}"] a`).first().click();
  await page.getByRole('heading', { name: 'What it asked for' }).waitFor();
  const text = await textOf(page);
  assert.match(text, /took effect/);
  assert.match(text, /mint .*to .*uri/);
  assert.match(text, /Transfer .*from nobody/);
  await page.getByText('block', { exact: true }).locator('..').getByRole('link').click();
  await page.getByText('✓ its header hashes to it').waitFor();
  await page.getByText('✓ sealed').waitFor();
  await page.at(`/address/${walletOf(0).address}`);
  await page.getByRole('heading', { name: /tokens$/ }).waitFor();
  await page.locator('.feed li').first().waitFor();
  for (const [place, expected] of [['/pool', /Nothing waits for a block/], ['/validators', /1 validator .*this node/s], ['/peers', /No peers/], ['/content', /What is held/]]) {
    await page.at(place);
    await page.locator('main').getByText(/./).first().waitFor();
    await page.waitForFunction((source) => new RegExp(source, 's').test(document.querySelector('main').innerText.replace(/\s+/g, ' ')), expected.source);
  }
});

async function search(page, text) {
  await page.locator('mm-search input').fill(text);
  await page.locator('mm-search input').press('Enter');
}

inTab('search finds anything by what it is called', async (page) => {
  const [one] = JSON.parse(node.run('list', '--json').out), block = await node.rpc('eth_getBlockByNumber', '0x1', true), cid = one.tokenURI.split('/')[2];
  const look = (text) => search(page, text);
  await page.at('/');
  await look(block.hash);
  await page.getByRole('heading', { name: 'Block 1', exact: true, level: 1 }).waitFor();
  await look(block.transactions[0].hash);
  await page.getByRole('heading', { name: 'Transaction', exact: true, level: 1 }).waitFor();
  await look(walletOf(0).address);
  await page.getByRole('heading', { name: 'Account', exact: true, level: 1 }).waitFor();
  await look(cid);
  await page.getByRole('heading', { name: 'Entries', exact: true }).waitFor();
  await look('#3');
  await page.getByRole('link', { name: 'Block 3' }).waitFor();
  await page.getByRole('link', { name: /#3/ }).waitFor();
  await look('coin 4');
  await page.getByRole('heading', { name: 'Coin 4', exact: true, level: 1 }).waitFor();
  await look('100% no such/thing?');
  await page.getByRole('heading', { name: 'Search: 100% no such/thing?', exact: true }).waitFor();
  await page.evaluate(() => { location.hash = '#/search/%zz'; });
  await page.getByRole('heading', { name: 'Search: %zz', exact: true }).waitFor();
  await look('no such thing');
  await page.getByRole('heading', { name: 'Nothing found', exact: true }).waitFor();
});

inTab('what has one hit is gone to at once, and Back does not come to the search again', async (page) => {
  await page.at('/');
  await page.locator('.plate img.is-there').first().waitFor();
  await page.evaluate(() => {
    window.headings = [];
    new MutationObserver(() => window.headings.push(document.querySelector('main h1')?.textContent)).observe(document.querySelector('main'), { childList: true, subtree: true });
  });
  await search(page, 'coin 4');
  await page.getByRole('heading', { name: 'Coin 4', exact: true, level: 1 }).waitFor();
  assert.deepEqual((await page.evaluate(() => window.headings)).filter((text) => /Search/.test(text)), []);
  await page.goBack();
  await page.getByRole('heading', { name: 'Gallery', exact: true, level: 1 }).waitFor();
  await page.locator('.plate img.is-there').first().waitFor();
  assert.equal(new URL(page.url()).hash, '#/');
});

inTab('a page that comes late leaves the focus to who has gone elsewhere meanwhile', async (page) => {
  const field = page.locator('mm-search input'), focusOf = () => page.evaluate(() => document.activeElement.tagName);
  await page.at('/');
  await page.locator('.plate img.is-there').first().waitFor();
  let letGo, sayAsked;
  const held = new Promise((resolve) => { letGo = resolve; }), asked = new Promise((resolve) => { sayAsked = resolve; });
  await page.route((url) => url.pathname === '/', async (route) => {
    if (/eth_getBlockByNumber/.test(route.request().postData() ?? '')) {
      sayAsked();
      await held;
    }
    await route.continue();
  });
  await page.evaluate(() => { location.hash = '#/block/1'; });
  await asked;
  await field.focus();
  await page.keyboard.type('coin');
  letGo();
  await page.getByRole('heading', { name: 'Block 1', exact: true, level: 1 }).waitFor();
  await page.keyboard.type(' 4');
  assert.equal(await field.inputValue(), 'coin 4');
  assert.equal(await focusOf(), 'INPUT');
  await page.keyboard.press('Enter'); // who stays where he was is taken along
  await page.getByRole('heading', { name: 'Coin 4', exact: true, level: 1 }).waitFor();
  await page.waitForFunction(() => document.activeElement.tagName === 'H1');
});

inTab('addresses that name nothing say so', async (page) => {
  for (const [place, expected] of [['/nowhere', 'Nothing here'], ['/block/99999', 'Not there'], [`/tx/0x${'12'.repeat(32)}`, 'Not there'], [`/token/${COLLECTION}/99999`, 'Nobody has this token'], [`/collection/0x${'12'.repeat(20)}`, 'No collection']]) {
    await page.at(place);
    await page.getByRole('heading', { name: expected }).waitFor();
  }
});
