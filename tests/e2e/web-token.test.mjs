// The page of a node whose content API asks for a token: it is given in the page, kept for the tab, and said to be wrong when it is.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { connectWallet, openBrowser, openTab, sees, skip } from './lib/chromium.mjs';
import { Node } from './lib/node.mjs';
import { coin } from './lib/pictures.mjs';

const TOKEN = 'a-token-for-the-api-0123456789';
let folder, node, browser;
before(async () => {
  if (skip) return;
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mintmark-web-token-'));
  fs.writeFileSync(path.join(folder, 'token'), `${TOKEN}\n`, { mode: 0o600 });
  node = await Node.start({ args: ['--api-token-file', path.join(folder, 'token')] });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await node?.close();
  if (folder) fs.rmSync(folder, { recursive: true });
});

const field = (page) => page.getByLabel('Token of the content API');
async function give(page, token) {
  await field(page).fill(token);
  await page.getByRole('button', { name: 'Use it' }).click();
}

test('a picture is minted by who gives the token, and by nobody else', { skip, timeout: 120_000 }, async () => {
  const page = await openTab(browser, node, { allow: [/401/] });
  try {
    await page.at('/');
    await connectWallet(page, 'Devnet wallet');
    await page.at('/mint');
    await field(page).waitFor();
    await page.locator('input[name=picture]').setInputFiles({ name: 'coin.png', mimeType: 'image/png', buffer: coin(3, 64) });
    await page.getByLabel('Name', { exact: true }).fill('Behind a token');
    await page.getByRole('button', { name: 'Mint token' }).click();
    await sees(page, /Store the picture.*asks for a token \(--api-token-file\), and this page has none yet/);
    await give(page, 'short');
    await sees(page, /16 to 512 letters/);
    await give(page, 'another-token-0123456789');
    await sees(page, /does not take this token/);
    await give(page, TOKEN);
    await sees(page, /The content API takes the token of this tab/);
    const requests = [];
    page.on('request', (request) => requests.push(request));
    await page.getByRole('button', { name: 'Mint token' }).click();
    await page.getByRole('heading', { name: /^Struck/ }).waitFor();
    const bearers = requests.filter((request) => request.headers().authorization);
    assert.ok(bearers.length >= 2);
    for (const request of bearers) {
      assert.equal(request.headers().authorization, `Bearer ${TOKEN}`);
      assert.equal(new URL(request.url()).origin, node.api);
    }
    assert.deepEqual(page.complaints(), []);
  } finally {
    await page.context().close();
  }
});

test('the token is kept for the tab alone, and can be forgotten', { skip, timeout: 120_000 }, async () => {
  const page = await openTab(browser, node, { allow: [/401/] });
  try {
    await page.at('/content');
    await give(page, TOKEN);
    await page.getByRole('heading', { name: 'What is held' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'What is held' }).waitFor();
    assert.ok(!(await page.evaluate((token) => JSON.stringify({ ...localStorage }).includes(token), TOKEN)));
    const other = await page.context().newPage();
    await other.goto(`${node.url}/#/content`);
    await field(other).waitFor();
    await page.at('/mint');
    await page.getByRole('button', { name: 'Forget it' }).click();
    await field(page).waitFor();
    await page.at('/content');
    await field(page).waitFor();
    assert.deepEqual(page.complaints(), []);
  } finally {
    await page.context().close();
  }
});
