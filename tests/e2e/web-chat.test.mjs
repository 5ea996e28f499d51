// Talking with a persona in the page: what it says first, replies as they come, the conversation saved in the token's history.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connectWallet, installWallet, openBrowser, openTab, sees, skip } from './lib/chromium.mjs';
import { Node } from './lib/node.mjs';
import { walletOf } from './lib/wallets.mjs';

let node, browser, collection;
const run = (...args) => {
  const result = node.run('ainft', ...args, '--json');
  assert.equal(result.code, 0, result.err);
  return JSON.parse(result.out.trim().split('\n').pop());
};
before(async () => {
  if (skip) return;
  node = await Node.start();
  ({ collection } = run('create', '--name', 'Muses', '--symbol', 'MUSE'));
  for (const privacy of ['public', 'commitment']) run('persona', '-c', collection, '--privacy', privacy, '--greeting', `Good evening, this is ${privacy}.`);
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await node?.close();
});

async function say(page, text) {
  const before = await page.locator('.talk > li.assistant').count();
  await page.getByLabel('What you say').fill(text);
  await page.getByRole('button', { name: 'Say it' }).click();
  await page.waitForFunction((count) => {
    const replies = document.querySelectorAll('.talk > li.assistant');
    return replies.length > count && replies[count].innerText.replace(/^.*:\s*/, '').length > 2 && !document.querySelector('[aria-busy]');
  }, before);
}

test('a persona answers, remembers, and is saved with the author’s signature', { skip, timeout: 120_000 }, async () => {
  const page = await openTab(browser, node);
  await page.at(`/token/${collection.toLowerCase()}/1`);
  await page.getByRole('link', { name: /^Talk with/ }).click();
  await page.getByText('Good evening, this is public.').waitFor();
  await connectWallet(page, 'Devnet wallet', 2);
  await say(page, 'Hello, my name is Bob. <b>What</b> is your level?');
  await say(page, 'What is a token?');
  assert.equal(await page.locator('.talk > li').count(), 5);
  await page.getByRole('button', { name: 'Save to its history' }).click();
  await page.getByText('Saved as entry 0 of its history.').waitFor();
  await page.at(`/token/${collection.toLowerCase()}/1`);
  await page.locator('.verdict.good', { hasText: 'Whole and in order: 1 entry' }).waitFor();
  await sees(page, /chat by 0x3C44.*2 turns/);
  assert.deepEqual(page.complaints(), []);
  await page.context().close();
});

test('who is signed in talks by the session, without a key, and after signing out without it', { skip, timeout: 120_000 }, async () => {
  const page = await openTab(browser, node);
  await installWallet(page, node, { index: 5 });
  const address = walletOf(5).address;
  const sent = [];
  page.on('request', (request) => { if (request.url().includes('/v1/')) sent.push(request); });
  await page.at('/profile');
  await connectWallet(page);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  await page.at(`/chat/${collection.toLowerCase()}/1`);
  await page.getByText('Good evening, this is public.').waitFor();
  await say(page, 'Hello');
  const asked = () => sent.filter((request) => request.method() === 'POST').at(-1);
  assert.equal(asked().headers().authorization, undefined);
  await page.getByRole('button', { name: 'Save to its history' }).click();
  await page.getByText(/^Saved as entry \d+ of its history/).waitFor();
  assert.match(asked().url(), /save$/);
  assert.equal(asked().postDataJSON().messages[1].ainft.asker, address.toLowerCase(), 'to whom the service says that it spoke');
  await page.at('/profile');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  await page.at(`/chat/${collection.toLowerCase()}/1`);
  await say(page, 'Hello again');
  assert.equal(asked().headers().authorization, `Bearer ${address}`, 'the development node believes an address');
  assert.deepEqual(page.complaints(), []);
  await page.context().close();
});

test('a conversation of which only the hash is saved is handed to its author', { skip, timeout: 120_000 }, async () => {
  const page = await openTab(browser, node);
  await page.at(`/chat/${collection.toLowerCase()}/2`);
  await page.getByText('Good evening, this is commitment.').waitFor();
  await connectWallet(page, 'Devnet wallet', 3);
  await say(page, 'Keep this to yourself.');
  await page.getByRole('button', { name: 'Save to its history' }).click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Save the conversation' }).click()]);
  const chunks = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk);
  assert.match(Buffer.concat(chunks).toString(), /Keep this to yourself/);
  assert.deepEqual(page.complaints(), []);
  await page.context().close();
});

test('who declines to sign has saved nothing; a token without a persona has nobody to talk with', { skip, timeout: 120_000 }, async () => {
  const page = await openTab(browser, node, { allow: [/404 .*v1\/models/] });
  const state = await installWallet(page, node, { index: 4 });
  await page.at(`/chat/${collection.toLowerCase()}/1`);
  await connectWallet(page);
  await say(page, 'Hello');
  state.isRefusing = true;
  await page.getByRole('button', { name: 'Save to its history' }).click();
  await page.getByText('You declined in your wallet').waitFor();
  await page.at(`/chat/${collection.toLowerCase()}/99`);
  await page.getByRole('heading', { name: 'Nobody answers' }).waitFor();
  assert.deepEqual(page.complaints(), []);
  await page.context().close();
});
