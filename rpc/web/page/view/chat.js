// A conversation with a token.
import { h, replace } from '../lib/dom.js';
import { persona, reply, save } from '../lib/chat.js';
import { contentLink, tokenLink, trail } from '../lib/links.js';
import { busy, empty, toast } from '../lib/states.js';
import { account, onAccount } from '../lib/wallet.js';

const PRIVACY = {
  public: 'What is saved anybody can read.',
  encrypted: 'What is saved only you and the token’s owner can read.',
  commitment: 'What is saved is a hash; the text stays with you.',
};

/** The text of a committed conversation is nowhere else. */
function keepIt(transcript) {
  const text = typeof transcript === 'string' ? transcript : JSON.stringify(transcript),
    url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  return h('p', 'Keep this file: nobody else has it. ', h('a', { href: url, download: 'conversation.json' }, 'Save the conversation'));
}

export default async function show({ params: [collection, digits], signal, onLeave, again }) {
  const id = BigInt(digits),
    about = await persona(collection, id);
  if (!about)
    return empty(
      'Nobody answers',
      'No persona speaks for this token on this node: it has no specification, or its agent is elsewhere.',
      h('a.button', { href: `#/token/${collection}/${id}` }, 'To the token'),
    );
  const messages = [],
    list = h('ol.talk', { ariaLive: 'polite' }),
    place = h('div'),
    starters = h('div.row');
  const input = h('input', { name: 'words', ariaLabel: 'What you say', autocomplete: 'off', maxLength: 2000, required: true }),
    button = h('button.main', { type: 'submit' }, 'Say it');
  const saveButton = h('button', { type: 'button', disabled: true, onclick: () => busy(saveButton, place, keep) }, 'Save to its history');
  const say = (role, text) => {
    const line = h(`li.${role}`, h('span.unseen', role === 'user' ? 'You: ' : `${about.name}: `), h('p', text));
    list.append(line);
    line.scrollIntoView({ block: 'nearest' });
    return line.lastChild;
  };
  if (about.greeting) say('assistant', about.greeting);

  async function speak(text) {
    const line = say('user', text),
      waiting = say('assistant', '…');
    messages.push({ role: 'user', content: text });
    try {
      messages.push(
        await reply({
          collection,
          id,
          model: about.model,
          messages,
          signal,
          onWords: (words) => {
            waiting.textContent = words;
          },
        }),
      );
      saveButton.disabled = !account();
      starters.remove();
    } catch (error) {
      messages.pop();
      line.parentElement.remove();
      waiting.parentElement.remove();
      input.value = text;
      throw error;
    }
  }
  async function keep() {
    const saved = await save({ collection, id, messages });
    replace(
      place,
      h('p', { role: 'status' }, `Saved as entry ${Number(saved.index)} of its history. `, saved.cid && contentLink(saved.cid)),
      saved.transcript && keepIt(saved.transcript),
    );
    toast('Saved.');
  }
  replace(
    starters,
    (about.chatStarters ?? []).slice(0, 4).map((text) =>
      h(
        'button',
        {
          type: 'button',
          onclick: () => {
            input.value = text;
            form.requestSubmit();
          },
        },
        text,
      ),
    ),
  );
  const form = h(
    'form.row',
    {
      onsubmit: (event) => {
        event.preventDefault();
        const text = input.value.trim();
        input.value = '';
        if (text) busy(button, place, () => speak(text)).then(() => input.focus());
      },
    },
    h('div.grow', input),
    button,
  );
  onLeave(
    onAccount(() => {
      saveButton.disabled = !account() || !messages.length;
    }),
  );
  return h(
    'div.conversation',
    h(
      'header.head',
      trail(h('a', { href: '#/' }, 'Gallery'), tokenLink(collection, id, `token #${id}`)),
      h('h1', `Talk with ${about.name}`),
      h(
        'p.quiet',
        `${about.engine === 'script' ? 'It answers by a script that anybody can replay.' : 'It answers by a model elsewhere.'} ${PRIVACY[about.privacy] ?? ''}`,
      ),
    ),
    list,
    starters,
    form,
    place,
    h(
      'div.row',
      saveButton,
      h('button', { type: 'button', onclick: again }, 'Begin anew'),
      !account() && h('span.quiet.small', 'Connect a wallet to save it.'),
    ),
  );
}
