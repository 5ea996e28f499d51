// Pictures of each page, in light and in the dark, at a desk and on a telephone: node tests/e2e/lib/screenshots.mjs FOLDER.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { connectWallet, openBrowser, openTab } from './chromium.mjs';
import { coin } from './pictures.mjs';
import { demoChain } from './demo.mjs';
import { COLLECTION, Node } from './node.mjs';
import { walletOf } from './wallets.mjs';

const [folder, only = ''] = process.argv.slice(2);
const SIZES = { desk: { width: 1280, height: 860 }, phone: { width: 390, height: 844 } };

/** Signs in and, the first time, chooses a token and an ordinary picture. */
async function signIn(page) {
  await page.at('/profile');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  if (await page.locator('.shape.is-verified img').count()) return;
  await page.locator('.choice button').last().click();
  await page.locator('.shape.is-verified img').waitFor();
  await page.getByLabel('Ordinary picture, a file').setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: coin(22) });
  await page.getByRole('button', { name: 'Use file' }).click();
  await page.locator('.shape.is-ordinary img').waitFor();
}

/** A few words, so that there is a conversation. */
async function talk(page) {
  for (const [i, words] of ['Hello, I am Bob.', 'What makes a token worth keeping?'].entries()) {
    await page.getByLabel('What you say').fill(words);
    await page.getByRole('button', { name: 'Say it' }).click();
    await page.waitForFunction((count) => document.querySelectorAll('.talk > li.assistant').length === count && !document.querySelector('[aria-busy]'), i + 2);
  }
}

const node = await Node.start();
const browser = await openBrowser();
try {
  const { ainft, transfer } = await demoChain(node), persona = node.run('ainft', 'persona', '-c', ainft);
  assert.equal(persona.code, 0, persona.err);
  const pages = { gallery: '/', collection: `/collection/${COLLECTION}`, token: `/token/${COLLECTION}/18`, ainft: `/token/${ainft}/1`, mint: '/mint', profile: '/profile',
    difference: '/difference', explorer: '/explorer', transaction: `/tx/${transfer}`, block: '/block/27', account: `/address/${walletOf(1).address}`, validators: '/validators', pool: '/pool', peers: '/peers', content: '/content', search: '/search/1', chat: `/chat/${ainft}/2` };
  for (const [size, viewport] of Object.entries(SIZES)) {
    for (const colorScheme of ['light', 'dark']) {
      const page = await openTab(browser, node, { allow: [/404 .*v1\/models/], viewport, colorScheme, hasTouch: size === 'phone', deviceScaleFactor: 1 });
      await page.at('/');
      await connectWallet(page, 'Devnet wallet', 1);
      await signIn(page);
      for (const [name, place] of Object.entries(pages)) {
        if (only && !`${name}-${size}-${colorScheme}`.includes(only)) continue;
        await page.at(place);
        await page.locator('main h1').waitFor();
        if (name === 'chat') await talk(page);
        await page.waitForFunction(() => !document.querySelector('.wait-lines, .chain .works') && [...document.images].every((image) => image.complete));
        await page.waitForTimeout(400);
        await page.mouse.move(0, 0);
        await page.evaluate(() => { document.activeElement?.blur(); document.querySelector('.toasts').replaceChildren(); });
        await page.screenshot({ path: path.join(folder, `web-${name}-${size}-${colorScheme}.jpg`), type: 'jpeg', quality: 46 });
      }
      assert.deepEqual(page.complaints(), []);
      await page.context().close();
    }
  }
} finally {
  await browser.close();
  await node.close();
}
const made = fs.readdirSync(folder).filter((name) => name.startsWith('web-')), bytes = made.reduce((sum, name) => sum + fs.statSync(path.join(folder, name)).size, 0);
console.log(`${made.length} pictures, ${bytes} bytes`);
