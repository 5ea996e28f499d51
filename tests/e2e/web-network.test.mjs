// The page at one of four validators: nothing is instant, the node has nobody's keys, and there are others.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connectWallet, installWallet, openBrowser, openTab, sees, skip, textOf } from './lib/chromium.mjs';
import { coin } from './lib/pictures.mjs';
import { Testnet } from './lib/testnet.mjs';

let net, node, browser;
before(async () => {
  if (skip) return;
  net = await Testnet.start({ nodes: 4 });
  [node] = net.nodes;
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await net?.close();
});

test('a token is minted with a wallet at one node, and proven and shown at another', { skip, timeout: 180_000 }, async () => {
  const page = await openTab(browser, node);
  await installWallet(page, node, { index: 2 });
  await page.at('/mint');
  await page.locator('mm-account > button').click();
  assert.equal(await page.getByRole('button', { name: 'Devnet wallet' }).count(), 0, 'a network has no accounts of its own');
  await page.locator('mm-account .panel').getByRole('button', { name: 'Test Wallet' }).click();
  await page.locator('[name=picture]').setInputFiles({ name: 'ours.png', mimeType: 'image/png', buffer: coin(7) });
  await page.getByRole('button', { name: 'Mint token' }).click();
  await page.getByRole('link', { name: 'Look at it' }).click();
  await page.locator('.verdict.good').waitFor();
  const place = new URL(page.url()).hash.slice(1);
  assert.deepEqual(page.complaints(), []);
  await page.context().close();

  const far = await openTab(browser, net.nodes[3], { allow: [/status of (404|504)/] }); // until the content has come there
  await far.at(place);
  for (;;) {
    await far.locator('.verdict.good, .verdict.bad').waitFor();
    if (await far.locator('.verdict.good').count()) break;
    await far.waitForTimeout(500);
    await far.reload();
  }
  await far.locator('.picture img[src^="blob:"]').waitFor();
  const cid = await far.locator('.facts a[href^="#/content/"]').first().getAttribute('title');
  for (;;) { // each node says so to the others when it has all of it
    await far.at(`/content/${cid}`);
    await far.getByText('on other nodes').waitFor();
    if (/3 replicas/.test(await textOf(far))) break;
    await far.reload();
  }
  assert.deepEqual(far.complaints(), []);
  await far.context().close();
});

test('validators, their certificates and peers are shown', { skip, timeout: 60_000 }, async () => {
  const page = await openTab(browser, node);
  await page.at('/validators');
  await page.getByRole('heading', { name: '4 validators' }).waitFor();
  await sees(page, /quorum 3 of 4.*this node.*(3|4) of 4/);
  await page.at('/peers');
  await page.getByRole('heading', { name: 'Peers', level: 1 }).waitFor();
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length >= 3);
  await sees(page, /dialled/);
  await page.at('/block/1');
  await page.getByText(/Final in round \d+, by [34] seals of 4 validators/).waitFor();
  assert.deepEqual(page.complaints(), []);
  await page.context().close();
});

test('what stands still is seen: without a quorum a mint waits in the pool, and is there when it is back', { skip, timeout: 180_000 }, async () => {
  const page = await openTab(browser, node);
  await installWallet(page, node, { index: 5 });
  await page.at('/mint');
  await connectWallet(page);
  await page.locator('[name=picture]').setInputFiles({ name: 'late.png', mimeType: 'image/png', buffer: coin(8) });
  for (const other of net.nodes.slice(1, 3)) other.signal('SIGSTOP');
  try {
    await page.getByRole('button', { name: 'Mint token' }).click();
    await page.locator('.stages .now', { hasText: 'Wait for the block' }).waitFor();
    const pool = await openTab(browser, node);
    await pool.at('/pool');
    await pool.getByRole('heading', { name: 'Ready: 1 transaction' }).waitFor();
    await pool.context().close();
  } finally {
    for (const other of net.nodes.slice(1, 3)) other.signal('SIGCONT');
  }
  await page.getByRole('heading', { name: /^Struck:/ }).waitFor({ timeout: 60_000 });
  assert.deepEqual(page.complaints(), []);
  await page.context().close();
});
