// Requests that never end: headers and bodies that drip, and connections that say nothing.

import assert from 'node:assert/strict';
import type { Attack } from '../attack.ts';
import { startHonestDevices } from '../honestDevices.ts';
import { closed, get, openDrips } from '../rawHttp.ts';

const SHORT_ARRIVAL = { headersTimeout: 500, requestTimeout: 1000, connectionsCheckingInterval: 100 };
const POLLING = '/socket.io/?EIO=4&transport=polling';

export const attack: Attack = {
  name: 'drips',
  against: 'network',
  claim: 'what drips is closed in time, bodies of a socket included, while honest devices train',
  async run(ground, length) {
    // In full length the server's own times, of up to a minute.
    const server = length === 'short' ? { arrival: SHORT_ARRIVAL } : {};
    const { port, url } = await ground.start({ server });
    const honest = await startHonestDevices(url, 2);
    const each = length === 'short' ? 30 : 300;
    const opening = await fetch(url + POLLING);
    const { sid } = JSON.parse((await opening.text()).slice(1)) as { sid: string };
    const body = `Host: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n`;
    const sockets = [
      ...openDrips(port, each, '', ''),
      ...openDrips(port, each, 'GET / HTTP/1.1\r\nX: ', 'a'),
      ...openDrips(port, each, `POST / HTTP/1.1\r\n${body}`, 'a'),
      ...openDrips(port, each, `POST ${POLLING}&sid=${sid} HTTP/1.1\r\n${body}`, '4'),
    ];
    const begin = performance.now();
    await closed(sockets);
    const seconds = (performance.now() - begin) / 1000;
    await honest.acknowledged(5);
    honest.close();
    assert.equal(await get(port, '/api/health'), 200);
    return { connections: sockets.length, secondsToTheLast: Math.round(10 * seconds) / 10 };
  },
};
