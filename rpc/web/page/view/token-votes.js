// What the holders of a collection decide: its governor's proposals, how they stand, and what one may do about each.
import { same } from '../lib/address.js';
import { explainCall, dataOf, moduleOf, readLog, topicOf, view } from '../lib/contracts.js';
import { facts, h } from '../lib/dom.js';
import { hashOf } from '../lib/abi.js';
import { date, plural } from '../lib/format.js';
import { addressLink } from '../lib/links.js';
import { onHead } from '../lib/live.js';
import { rpc } from '../lib/rpc.js';
import { busy, later, toast } from '../lib/states.js';
import { account, onAccount, receiptOf, send } from '../lib/wallet.js';

const GOVERNOR = 7,
  SHOWN = 30;
const STATES = ['pending', 'active', 'canceled', 'defeated', 'succeeded', 'queued', 'expired', 'executed'];
const WASHES = { active: '.wait', succeeded: '.good', queued: '.wait', executed: '.good', defeated: '.bad', canceled: '.bad' };
const [PENDING, ACTIVE, SUCCEEDED, QUEUED] = [0, 1, 4, 5];

async function proposalsOf(governor) {
  const logs = await rpc('eth_getLogs', { address: governor, fromBlock: '0x0', toBlock: 'latest', topics: [topicOf('ProposalCreated')] });
  return Promise.all(
    logs
      .slice(-SHOWN)
      .reverse()
      .map(async (log) => {
        const made = readLog('ProposalCreated', log),
          id = made.proposalId;
        const [state, votes, eta] = await Promise.all([
          view(governor, 'state', id),
          view(governor, 'proposalVotes', id),
          view(governor, 'proposalEta', id),
        ]);
        return { ...made, id, state: Number(state), votes, eta };
      }),
  );
}

const callLine = (data) => {
  const call = explainCall(data);
  return h(
    'code',
    call
      ? `${call.name}(${call.args.map(({ value }) => (typeof value === 'string' ? `“${value}”` : String(value?.values ?? value))).join(', ')})`
      : data.slice(0, 74),
  );
};

function bar({ votes: { against, for_: favour, abstain }, quorum }) {
  const all = Number(against + favour + abstain) || 1,
    part = (kind, number) => h(`i.${kind}`, { vars: { '--part': `${(100 * Number(number)) / all}%` } });
  return h(
    'div.tally',
    h('div.bar', { ariaHidden: 'true' }, part('for', favour), part('abstain', abstain), part('against', against)),
    h(
      'p.small',
      `${favour} for, ${against} against, ${abstain} abstain`,
      quorum !== undefined && `; a quorum is ${plural(quorum, 'vote')}`,
    ),
  );
}

function proposal({ governor, about, again }) {
  const { id, proposer, targets, values, calldatas, description, voteStart, voteEnd, state, eta } = about,
    place = h('div'),
    name = STATES[state];
  const act = (label, done, ...call) => {
    const button = h(
      'button',
      {
        type: 'button',
        disabled: !account(),
        onclick: () =>
          busy(button, place, async () => {
            await receiptOf(await send({ to: governor, data: dataOf(...call) }));
            toast(done);
            again();
          }),
      },
      label,
    );
    return button;
  };
  const whole = [targets, values, calldatas, hashOf(description)],
    vote = (label, support) => act(label, 'Voted.', 'castVote', id, BigInt(support));
  const buttons =
    state === ACTIVE
      ? [vote('For', 1), vote('Against', 0), vote('Abstain', 2)]
      : state === SUCCEEDED
        ? [act('Queue', 'It waits for its time now.', 'queue', ...whole)]
        : state === QUEUED
          ? [act('Carry out', 'Carried out.', 'execute', ...whole)]
          : [];
  const mine = state === PENDING && same(account()?.address, proposer) && act('Cancel', 'Canceled.', 'cancel', ...whole);
  return h(
    'div.rule',
    h('header', h('strong', description.slice(0, 300) || 'Without a description'), h(`span.wash${WASHES[name] ?? ''}`, name)),
    h(
      'div',
      calldatas.slice(0, 16).map((data) => h('p', callLine(data))),
    ),
    bar(about),
    facts([
      ['proposed by', addressLink(proposer)],
      ['votes', `${date(voteStart)} to ${date(voteEnd)}`],
      eta > 0n && ['may be carried out', `from ${date(eta)}`],
    ]),
    (buttons.length > 0 || mine) && h('div.row', buttons, mine),
    place,
  );
}

async function votes({ address, again }) {
  const governor = await view(address, 'governor');
  if (moduleOf(await rpc('eth_getCode', governor, 'latest')) !== GOVERNOR)
    return h(
      'p.quiet',
      addressLink(governor),
      ' governs this collection alone; its holders vote on nothing until it is handed over to its governor.',
    );
  const me = account()?.address,
    [list, period, percent, timelock, own] = await Promise.all([
      proposalsOf(governor),
      view(governor, 'votingPeriod'),
      view(governor, 'quorumNumerator'),
      view(governor, 'timelockDelay'),
      me ? view(address, 'getVotes', me) : null,
    ]);
  return [
    h(
      'p',
      'Governed by ',
      addressLink(governor),
      `: a vote lasts ${period} s, its quorum is ${percent} % of all votes, and what succeeded waits ${timelock} s. `,
      own !== null && `You have ${plural(own, 'vote')}.`,
    ),
    list.length
      ? h(
          'div.rules',
          list.map((about) => proposal({ governor, about, again })),
        )
      : h('p.quiet', 'Nothing was proposed yet: ', h('code', 'mintmark ainft propose'), ' makes the first one.'),
  ];
}

/** Votes begin and end by the clock, so a new block may be another state: it is looked at again, unless somebody is about to act. */
export function votesSection({ address, again, onLeave }) {
  const place = h('div.part', later(votes({ address, again })));
  const renew = () => {
    if (!place.querySelector('[aria-busy]') && !place.contains(document.activeElement))
      votes({ address, again }).then(
        (content) => place.replaceChildren(...[content].flat()),
        () => {},
      );
  };
  onLeave(onAccount(renew));
  onLeave(onHead(renew));
  return h('section.section', h('header', h('h2', 'What is voted on')), place);
}
