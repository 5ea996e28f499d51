// AINFTs in the page: traits, specification, a history whose hashes are checked here, rules, and actions that are performed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connectWallet, openBrowser, openTab, skip, textOf } from './lib/chromium.mjs';
import { makeAinft, mintCoin } from './lib/demo.mjs';
import { Node } from './lib/node.mjs';

let node, browser, address;
const NOBODY = { allow: [/404 .*v1\/models/] }; // its agent is not this node: nobody answers for it here
before(async () => {
  if (skip) return;
  node = await Node.start();
  address = (await makeAinft(node, mintCoin(node, 4).tokenURI)).toLowerCase();
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await node?.close();
});

test('its parts are there, and its history is proven whole and in order', { skip, timeout: 60_000 }, async () => {
  const page = await openTab(browser, node, NOBODY);
  await page.at(`/token/${address}/1`);
  await page.locator('.verdict.good', { hasText: 'Whole and in order: 3 entries' }).waitFor();
  await page.locator('.proof .verdict.good').waitFor();
  const text = await textOf(page);
  for (const part of [/level 1/, /agent 0x/, /version 1/, /levelup by 0x/, /chat by .* through .* 3 turns Bob asked/, /history:chat .*caller == service/, /allowed when caller == owner && history.count/]) assert.match(text, part);
  assert.deepEqual(page.complaints(), []);
  await page.context().close();
});

test('an entry that was changed on its way is found', { skip, timeout: 60_000 }, async () => {
  const page = await openTab(browser, node, NOBODY);
  await page.route((url) => url.pathname === '/', async (route) => {
    if (route.request().method() !== 'POST' || !route.request().postData().includes('eth_getLogs')) return route.fallback();
    const response = await route.fetch(), text = await response.text();
    return route.fulfill({ response, body: text.replaceAll(Buffer.from('Bob asked').toString('hex'), Buffer.from('Bob axed.').toString('hex')) });
  });
  await page.at(`/token/${address}/1`);
  await page.getByText('Entry 0 is not the one whose hash the state proves.').waitFor();
  await page.context().close();
});

test('an action is performed by whom it allows, for its price', { skip, timeout: 60_000 }, async () => {
  const page = await openTab(browser, node, NOBODY);
  await page.at(`/token/${address}/1`);
  const levelup = page.locator('.rule', { has: page.locator('strong', { hasText: /^levelup$/ }) }).last();
  await levelup.getByText('Connect a wallet to see').waitFor();
  await connectWallet(page, 'Devnet wallet', 2);
  await levelup.getByText('You may not, as things stand.').waitFor();
  await page.locator('mm-account > button').click();
  await page.getByRole('button', { name: 'Disconnect' }).click();
  await connectWallet(page, 'Devnet wallet', 1);
  await levelup.getByText('You may, for 10 credits.').waitFor();
  await levelup.getByRole('button', { name: 'Perform' }).click();
  await page.locator('.attributes').getByText('2', { exact: true }).waitFor();
  await page.locator('.verdict.good', { hasText: '4 entries' }).waitFor();
  assert.deepEqual(page.complaints(), []);
  await page.context().close();
});
