// The proof of a token, step by step, as it is worked out in this browser.
import { h, replace } from '../lib/dom.js';
import { wordsOf } from '../lib/errors.js';
import { tokenSteps } from '../lib/verify.js';

const SIGNS = { waits: '', works: '', holds: '✓', breaks: '✗', unreached: '–' };
const WORDS = { waits: 'not begun', works: 'being checked', holds: 'holds', breaks: 'does not hold', unreached: 'not reached' };

function row({ name, title }) {
  const sign = h('span.sign'),
    body = h('div.step', h('h3', title)),
    word = h('span.unseen'),
    line = h('li', { dataset: { step: name } }, sign, h('div', word, body));
  line.set = (state, ...more) => {
    line.className = state;
    line.dataset.state = state;
    sign.textContent = SIGNS[state];
    word.textContent = `${WORDS[state]}: `;
    replace(body, h('h3', title), ...more);
  };
  line.set('waits');
  return line;
}

export function proof({ address, id, onPicture, signal }) {
  const list = h('ol.chain'),
    verdict = h('p.verdict', { role: 'status' });
  const button = h('button', { type: 'button', onclick: () => run() }, 'Check again');
  const place = h(
    'section.section.proof',
    h('header', h('h2', 'Proof, from the block to the last byte'), verdict),
    h(
      'p.quiet',
      'Worked out here, in your browser: headers and proofs from the node, blocks of the picture from its gateway, each hashed. Only the newest block’s hash is taken on the node’s word; ',
      h('code', `mintmark verify ${id} --trust HASH`),
      ' begins at one that you know.',
    ),
    list,
    h('div', button),
  );

  async function run() {
    const { found, steps } = tokenSteps(address, id),
      rows = steps.map(row);
    replace(list, rows);
    replace(verdict, 'Checking');
    verdict.className = 'verdict';
    button.disabled = true;
    let broken = null;
    for (const [i, step] of steps.entries()) {
      if (signal.aborted) return;
      if (broken) {
        rows[i].set('unreached');
        continue;
      }
      rows[i].set('works');
      try {
        const facts = await step.run();
        rows[i].set(
          'holds',
          h(
            'dl',
            facts.map(([term, text]) => h('div', h('dt', term), h('dd', text))),
          ),
        );
      } catch (error) {
        broken = error;
        rows[i].set('breaks', h('p.why', wordsOf(error)));
      }
    }
    button.disabled = false;
    verdict.className = `verdict ${broken ? 'bad' : 'good'}`;
    replace(verdict, broken ? '✗ It does not hold' : '✓ Everything holds');
    if (!broken) onPicture(found.image);
  }
  run();
  return place;
}
