// The page for everybody: with the keyboard alone, on a telephone, for readers of screens (axe), without motion, in the dark.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { openBrowser, openTab, skip } from './lib/chromium.mjs';
import { COLLECTION, Node } from './lib/node.mjs';
import { coin } from './lib/pictures.mjs';
import { walletOf } from './lib/wallets.mjs';

let node, browser, places;
const axe = () => fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

before(async () => {
  if (skip) return;
  node = await Node.start();
  const file = path.join(node.data, 'coin.png');
  fs.writeFileSync(file, coin(1));
  for (let i = 0; i < 3; i++) assert.equal(node.run('mint', file, '--name', `Coin ${i}`, '--attribute', 'metal=mint').code, 0);
  const block = await node.rpc('eth_getBlockByNumber', '0x1', true), [{ tokenURI }] = JSON.parse(node.run('list', '--json').out);
  places = ['/', `/collection/${COLLECTION}`, `/token/${COLLECTION}/1`, '/mint', '/profile', '/difference', '/explorer', '/block/1', `/tx/${block.transactions[0].hash}`, `/address/${walletOf(0).address}`,
    '/pool', '/validators', '/peers', '/content', `/content/${tokenURI.split('/')[2]}`, '/search/coin', '/nowhere'];
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await node?.close();
});

async function settled(page) {
  await page.locator('main h1, main h2').first().waitFor();
  await page.waitForFunction(() => !document.querySelector('.wait-lines, .chain .works'));
  await page.waitForTimeout(200);
}

for (const [what, options] of [['in light', { colorScheme: 'light' }], ['in the dark', { colorScheme: 'dark' }], ['on a telephone', { viewport: { width: 375, height: 740 }, hasTouch: true, colorScheme: 'light' }]]) {
  test(`axe finds nothing serious ${what}`, { skip, timeout: 180_000 }, async () => {
    const page = await openTab(browser, node, { reducedMotion: 'reduce', ...options }), source = axe(), found = [];
    for (const place of places) {
      await page.at(place);
      await settled(page);
      await page.evaluate(source);
      const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
      found.push(...violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${place}: ${id}: ${nodes.slice(0, 3).map(({ html, failureSummary }) => `${html.slice(0, 120)} ${failureSummary.slice(0, 200)}`).join(' | ')}`));
    }
    assert.deepEqual(found, []);
    assert.deepEqual(page.complaints(), []);
    await page.context().close();
  });
}

test('no page is wider than a telephone', { skip, timeout: 120_000 }, async () => {
  const page = await openTab(browser, node, { viewport: { width: 360, height: 700 } });
  for (const place of places) {
    await page.at(place);
    await settled(page);
    const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    assert.ok(wide <= room, `${place}: ${wide} > ${room}`);
  }
  await page.context().close();
});

test('with the keyboard alone: skip link, places, search, a token, its proof again', { skip, timeout: 120_000 }, async () => {
  const page = await openTab(browser, node), focused = () => page.evaluate(() => document.activeElement.textContent.trim().slice(0, 60) || document.activeElement.tagName);
  await page.at('/');
  await settled(page);
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'Skip to the content');
  const order = [];
  for (let i = 0; i < 6; i++) {
    await page.keyboard.press('Tab');
    order.push(await focused());
  }
  assert.deepEqual(order.slice(0, 5), ['mintmark', 'Gallery', 'Mint', 'Profile', 'Explorer']);
  const ring = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.notEqual(ring, 'none', 'where the focus is can be seen');
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('/');
  await page.keyboard.type('#2');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: /^Search/ }).waitFor();
  assert.match(await focused(), /^Search/, 'a new page is read from its heading');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.locator('.verdict.good').waitFor();
  await page.locator('.proof button').focus();
  await page.keyboard.press('Enter');
  await page.locator('.verdict.good').waitFor();
  await page.locator('mm-account > button').focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement.textContent === 'Devnet wallet');
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('mm-account .panel').isHidden(), true);
  assert.equal(await focused(), 'Connect wallet');
  assert.deepEqual(page.complaints(), []);
  await page.context().close();
});

test('who wants no motion sees none', { skip, timeout: 60_000 }, async () => {
  const page = await openTab(browser, node, { reducedMotion: 'reduce' });
  await page.at('/explorer');
  await settled(page);
  const moving = await page.evaluate(() => [...document.querySelectorAll('*')].filter((element) => getComputedStyle(element).animationName !== 'none').length);
  assert.equal(moving, 0);
  await page.context().close();
});
