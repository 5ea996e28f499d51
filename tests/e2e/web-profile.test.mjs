// Profiles in the page: signing in with a wallet, a token as the picture for as long as it is one's own, the ordinary picture beside it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connectWallet, installWallet, openBrowser, openTab, sees, skip } from './lib/chromium.mjs';
import { mintCoin, send } from './lib/demo.mjs';
import { COLLECTION, Node } from './lib/node.mjs';
import { coin } from './lib/pictures.mjs';
import { until } from './lib/wait.mjs';
import { calldata, walletOf } from './lib/wallets.mjs';

let node, browser;
const alice = walletOf(3);
before(async () => {
  if (skip) return;
  node = await Node.start();
  for (let seed = 1; seed <= 3; seed++) mintCoin(node, seed, { more: ['--to', alice.address] });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await node?.close();
});

const inTab = (name, run, options) => test(name, { skip, timeout: 120_000 }, async () => {
  const page = await openTab(browser, node, options);
  try {
    await run(page);
    assert.deepEqual(page.complaints(), []);
  } finally {
    await page.context().close();
  }
});

async function signIn(page) {
  const state = await installWallet(page, node, { index: 3 });
  await page.at('/profile');
  await connectWallet(page);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Choose one of your tokens' }).waitFor();
  return state;
}

inTab('who signs in chooses a token, which is shown in a hexagon until it moves', async (page) => {
  await signIn(page);
  await page.locator('.choice button').nth(1).click();
  await page.locator('.shape.is-verified img').waitFor();
  await sees(page, /✓ verified .*Owned by this account as of block \d+/);
  const cut = await page.locator('.shape.is-verified').evaluate((shape) => getComputedStyle(shape).clipPath);
  assert.match(cut, /^polygon/);
  await page.waitForFunction(() => document.querySelector('.shape.is-verified img')?.naturalWidth > 0);

  const { verified: { token } } = await (await fetch(`${node.url}/profile/${alice.address}`)).json();
  await send(node, 3, COLLECTION, calldata('transferFrom', alice.address, walletOf(5).address, token)); // while the page is open
  await page.getByText('no verified picture').waitFor();
  await sees(page, new RegExp(`It was token #${token}`));
  assert.equal(await page.locator('.shape.is-verified img').count(), 0);
});

inTab('the ordinary picture is set by a session, and anybody sees the new one', async (page) => {
  await signIn(page);
  await page.getByLabel('Ordinary picture, a file').setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: coin(21) });
  await page.getByRole('button', { name: 'Use file' }).click();
  await page.locator('.shape.is-ordinary img').waitFor();
  const first = await (await fetch(`${node.gateway}/avatar/${alice.address}`)).arrayBuffer();
  assert.ok(Buffer.from(first).equals(coin(21)));
  await page.getByLabel('Ordinary picture, a file').setInputFiles({ name: 'me.svg', mimeType: 'image/svg+xml', buffer: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>') });
  await page.getByRole('button', { name: 'Use file' }).click();
  await page.locator('.failed').getByText(/SVG/).waitFor();
}, { allow: [/status of 415/] });

inTab('the difference can be tried: the one picture changes, the other does not', async (page) => {
  await signIn(page);
  await page.at('/difference');
  await page.getByRole('button', { name: 'Put another picture there', exact: true }).click();
  await page.getByText('Same address, another picture.').waitFor();
  const one = Buffer.from(await (await fetch(`${node.gateway}/avatar/${alice.address}`)).arrayBuffer());
  await page.getByRole('button', { name: 'Put another picture there', exact: true }).click();
  await until(async () => !one.equals(Buffer.from(await (await fetch(`${node.gateway}/avatar/${alice.address}`)).arrayBuffer())), { ms: 20_000, what: () => 'another picture at the same address' });
  await page.getByRole('button', { name: 'Try to put another picture there' }).click();
  await page.getByText('they hash to bafy').waitFor();
  assert.equal(await page.locator('.stages .wrong').count(), 0);
}, { allow: [/status of 405/, /Access-Control-Allow-Methods|CORS policy/, /ERR_FAILED/] });

inTab('a wallet that refuses to sign in stays outside, and signing out ends it', async (page) => {
  const state = await installWallet(page, node, { index: 3 });
  await page.at('/profile');
  await connectWallet(page);
  state.isRefusing = true;
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('You declined in your wallet').waitFor();
  state.isRefusing = false;
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  assert.equal((await page.evaluate(() => fetch('/session').then(({ status }) => status))), 401);
}, { allow: [/status of 401/] });

inTab('others see a profile and cannot change it', async (page) => {
  await page.at(`/profile/${alice.address}`);
  await page.getByText('To change a profile, connect the wallet of its account.').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Sign in' }).count(), 0);
});
