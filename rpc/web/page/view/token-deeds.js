// What an owner may do with a token: give it away, let somebody else give it away, burn it.
import { isAddress } from '../lib/address.js';
import { dataOf } from '../lib/contracts.js';
import { h } from '../lib/dom.js';
import { busy, toast } from '../lib/states.js';
import { account, receiptOf, send } from '../lib/wallet.js';

function addressForm({ label, hint, action, run }) {
  const input = h('input', { name: 'to', required: true, placeholder: '0x…', autocomplete: 'off', spellcheck: false, ariaLabel: label });
  const wrong = h('p.wrong', { role: 'alert' }),
    button = h('button.main', { type: 'submit' }, action),
    place = h('div');
  return h(
    'form.form',
    {
      noValidate: true,
      onsubmit: (event) => {
        event.preventDefault();
        const to = input.value.trim();
        input.ariaInvalid = String(!isAddress(to));
        wrong.textContent = isAddress(to) ? '' : 'An address is 0x and 40 digits.';
        if (isAddress(to)) busy(button, place, () => run(to));
        else input.focus();
      },
    },
    h('div.field', h('span.label', label), input, wrong, hint && h('p.hint', hint)),
    h('div', button),
    place,
  );
}

export function deeds({ address, id, again }) {
  const call = async (done, name, ...values) => {
    await receiptOf(await send({ to: address, data: dataOf(name, ...values) }));
    toast(done);
    again();
  };
  const burnPlace = h('div'),
    sure = h('input', { type: 'text', ariaLabel: `Type ${id} to burn the token`, autocomplete: 'off' });
  const burn = h('button.grave', { type: 'submit' }, 'Burn token');
  return h(
    'div.deeds',
    h('h2', 'Yours'),
    h(
      'details',
      h('summary', 'Transfer'),
      addressForm({
        label: 'To which address',
        action: 'Transfer token',
        run: (to) => call('Transferred.', 'safeTransferFrom(address from, address to, uint256 tokenId)', account().address, to, id),
      }),
    ),
    h(
      'details',
      h('summary', 'Approve'),
      addressForm({
        label: 'Who may transfer it',
        hint: 'One address at a time; 0x and forty zeros takes it back.',
        action: 'Approve',
        run: (to) => call('Approved.', 'approve(address to, uint256 tokenId)', to, id),
      }),
    ),
    h(
      'details',
      h('summary', 'Burn'),
      h(
        'form.form',
        {
          noValidate: true,
          onsubmit: (event) => {
            event.preventDefault();
            if (sure.value.trim() !== String(id)) sure.focus();
            else busy(burn, burnPlace, () => call('Burned.', 'burn', id));
          },
        },
        h(
          'div.field',
          h('span.label', `Type ${id} to burn it`),
          sure,
          h('p.hint', 'There is no way back: the token is gone, and its number is not used again.'),
        ),
        h('div', burn),
        burnPlace,
      ),
    ),
  );
}
