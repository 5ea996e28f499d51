// What a token says comes from strangers: URIs, metadata and pictures that try to be something else. The page shows text as text, asks nobody
// else, and goes on.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser, openTab, sees, skip } from './lib/chromium.mjs';
import { send } from './lib/demo.mjs';
import { COLLECTION, Node } from './lib/node.mjs';
import { calldata, walletOf } from './lib/wallets.mjs';

const json = (value) => `data:application/json,${encodeURIComponent(typeof value === 'string' ? value : JSON.stringify(value))}`;
const SCRIPT = '<img src=x onerror="window.owned=1"><script>window.owned=1</script>';
const SVG = `data:image/svg+xml;base64,${Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>window.owned=1; parent.owned=1</script><rect width="9" height="9" onload="window.owned=1"/></svg>').toString('base64')}`;
/** URIs, by what must be read on their pages. */
const TOKENS = [
  [json({ name: SCRIPT, description: SCRIPT, image: SVG, attributes: [{ trait_type: SCRIPT, value: SCRIPT }] }), /<img src=x onerror/],
  [json({ name: 'A link', image: 'javascript:window.owned=1' }), /on another server/],
  [json({ name: 'Elsewhere', image: 'https://elsewhere.example/tracker.png', external_url: 'https://elsewhere.example/' }), /on another server/],
  [json({ name: 'A page', image: 'data:text/html,<script>window.owned=1</script>' }), /on another server/],
  [json({ name: 'x'.repeat(50_000), description: 'y'.repeat(50_000), attributes: Array.from({ length: 150 }, () => ({ trait_type: 'z'.repeat(800), value: 1 })) }), /x{160}/],
  [json({ name: { toString: 'no' }, image: 7, attributes: { length: 5 } }), /Token \d/],
  [json({ name: '\u202egnp.exe', attributes: [null, 7, 'text', [], { trait_type: null, value: { a: [1] } }] }), /\{"a":\[1\]\}/],
  [json('[1,2'), /no JSON/],
  [json('null'), /Token \d/],
  [json('[]'), /Token \d/],
  ['data:application/json;base64,!!!', /Token \d/],
  ['data:', /Token \d/],
  ['https://elsewhere.example/1.json', /on another server/],
  ['ipfs://', /on another server/],
  ['ipfs://bafybeiaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/../../etc/passwd', /./],
  [`ipfs://bafkqaaa/"onerror="x`, /./],
  ['file:///etc/passwd', /on another server/],
  ['\u0000\u0001', /./],
  ['', /no metadata/],
];

const CALL_MAX = 4000; // characters of a URI whose slots somebody pays for

let node, browser;
/** What is too long for a token is stored, and named. */
async function stored(uri) {
  const form = new FormData();
  form.append('file', new Blob([decodeURIComponent(uri.slice(uri.indexOf(',') + 1))]), 'metadata.json');
  const response = await fetch(`${node.api}/api/v0/add?cid-version=1`, { method: 'POST', body: form });
  return `ipfs://${(await response.json()).Hash}`;
}
before(async () => {
  if (skip) return;
  node = await Node.start();
  for (const [uri] of TOKENS) await send(node, 0, COLLECTION, calldata('mint', walletOf(0).address, uri.length > CALL_MAX ? await stored(uri) : uri));
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await node?.close();
});

const QUIET = { allow: [/status of (404|400|500|501|504)/] }; // what is not there the gateway says so of

test('each of them has a page that says what it is, and nothing of theirs runs', { skip, timeout: 180_000 }, async () => {
  const page = await openTab(browser, node, QUIET);
  let dialogs = 0;
  page.on('dialog', (dialog) => { dialogs += 1; dialog.dismiss(); });
  for (const [i, [uri, expected]] of TOKENS.entries()) {
    await page.at(`/token/${COLLECTION}/${i + 1}`);
    await page.locator('.token h1').waitFor();
    await page.locator('.verdict.bad, .verdict.good').waitFor();
    await sees(page, expected, uri.slice(0, 100));
    const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    assert.ok(wide <= room, `${uri.slice(0, 60)}: ${wide} > ${room}`);
  }
  assert.equal(await page.evaluate(() => window.owned), undefined);
  assert.equal(dialogs, 0);
  assert.deepEqual(page.complaints(), []);
  await page.context().close();
});

test('a gallery of them is a gallery', { skip, timeout: 60_000 }, async () => {
  const page = await openTab(browser, node, { ...QUIET, viewport: { width: 1280, height: 1800 } }); // all are seen
  await page.at(`/collection/${COLLECTION}`);
  await page.waitForFunction((count) => document.querySelectorAll('.plate img.is-there, .plate .why').length === count, TOKENS.length);
  assert.equal(await page.evaluate(() => window.owned), undefined);
  await page.locator('mm-search input').fill('<script>');
  await page.locator('mm-search input').press('Enter');
  await page.getByRole('heading', { level: 1 }).filter({ hasText: /<script>|<img/ }).waitFor();
  await page.at('/explorer');
  await page.locator('.feed li').first().waitFor();
  assert.deepEqual(page.complaints(), []);
  await page.context().close();
});
