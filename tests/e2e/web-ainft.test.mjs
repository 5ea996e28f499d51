// AINFTs in the page: traits, specification, a history whose hashes are checked here, rules, actions that are performed, votes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { id } from 'ethers';
import { connectWallet, openBrowser, openTab, skip, textOf } from './lib/chromium.mjs';
import { AINFT_FACTORY, ainft, ainftFactory, governor as governorInterface, params } from './lib/ainft.mjs';
import { makeAinft, mintCoin, send } from './lib/demo.mjs';
import { Node } from './lib/node.mjs';
import { walletOf } from './lib/wallets.mjs';

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

test('holders vote in the page, and what they decided is queued and carried out', { skip, timeout: 120_000 }, async () => {
  const [creator, alice] = [walletOf(0).address, walletOf(1).address], later = async (seconds) => { await node.rpc('evm_increaseTime', seconds); await node.rpc('evm_mine'); };
  const created = (await send(node, 0, AINFT_FACTORY, ainftFactory.encodeFunctionData('createCollection', [params(creator, { votingDelay: 10n, votingPeriod: 100n, timelockDelay: 60n, quorumPercent: 50n })]))).logs
    .map((log) => ainftFactory.parseLog(log)).find((log) => log?.name === 'CollectionCreated').args, { collection, governor } = created;
  const call = (who, name, ...args) => send(node, who, collection, ainft.encodeFunctionData(name, args));
  await call(0, 'mint', alice, 'ipfs://token', '', id(''));
  const page = await openTab(browser, node, NOBODY), card = page.locator('.rule', { hasText: 'Only the creator writes specifications' });
  await page.at(`/token/${collection.toLowerCase()}/1`);
  await page.getByText('governs this collection alone').waitFor();
  await call(0, 'setGovernor', governor);
  await page.getByText('Nothing was proposed yet').waitFor();
  await later(1);
  const proposal = [[collection], [0n], [ainft.encodeFunctionData('setRule', ['spec', 'caller == creator'])], 'Only the creator writes specifications'];
  await send(node, 1, governor, governorInterface.encodeFunctionData('propose', proposal));
  await card.getByText('pending', { exact: true }).waitFor();
  await card.getByText('setRule(“spec”, “caller == creator”)').waitFor();
  await connectWallet(page, 'Devnet wallet', 1);
  await page.getByText('You have 1 vote.').waitFor();
  await later(11);
  await card.getByRole('button', { name: 'For' }).click();
  await card.getByText('1 for, 0 against, 0 abstain').waitFor();
  await page.evaluate(() => document.activeElement?.blur());
  await later(101);
  await card.getByRole('button', { name: 'Queue' }).click();
  await card.getByText('may be carried out').waitFor();
  await page.evaluate(() => document.activeElement?.blur());
  await later(61);
  await card.getByRole('button', { name: 'Carry out' }).click();
  await card.getByText('executed', { exact: true }).waitFor();
  await page.locator('.rules .rule', { has: page.locator('strong', { hasText: /^spec$/ }) }).getByText('caller == creator').waitFor();
  assert.deepEqual(page.complaints(), []);
  await page.context().close();
});
