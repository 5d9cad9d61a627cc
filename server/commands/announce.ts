import pc from 'picocolors';
import { renderUnicodeCompact } from 'uqr';
import { joinAddress } from '../../shared/joinAddress.ts';
import type { RunningServer } from '../startServer.ts';

/** Tells where to join, to look and to steer, and which runs are here. */
export function announce({ url, joinUrl, joinCode, adminToken, runs }: RunningServer): void {
  const forPhones = joinAddress(joinUrl, joinCode);
  const query = joinCode === '' ? '' : `?code=${joinCode}`;
  console.log(`${pc.bold('Join here')}      ${pc.cyan(joinAddress(url, joinCode))}`);
  console.log(`${pc.bold('From a phone')}   ${pc.cyan(forPhones)}`);
  console.log(renderUnicodeCompact(forPhones));
  console.log(`${pc.bold('Dashboard')}      ${pc.cyan(`${joinUrl.replace(/\/$/, '')}/dashboard${query}`)}`);
  console.log(`${pc.bold('To steer')}       ${pc.cyan(`${url}/dashboard#token=${adminToken}`)}`);
  if (runs.length > 1) console.log(`${runs.length} runs side by side: each device is dealt to one of them.`);
  for (const { config, task, folder, version } of runs) {
    console.log(`${task.title}, ${config.strategy.name}, subset ${config.subset.kind}, seed ${config.seed}`);
    console.log(`Kept in ${folder}${version > 0 ? `, going on from version ${version}` : ''}.`);
  }
  console.log('Ctrl-C ends.');
}
