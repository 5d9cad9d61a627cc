// DNS rebinding and pages of other origins: what a browser on this network may be led to ask.

import assert from 'node:assert/strict';
import type { Attack } from '../attack.ts';
import { statusFor } from '../rawHttp.ts';

const PATHS = [
  '/',
  '/api/status',
  '/api/feed',
  '/api/model',
  '/metrics',
  '/socket.io/?EIO=4&transport=polling',
];
const UPGRADE = [
  'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
];

export const attack: Attack = {
  name: 'strangeNames',
  against: 'network',
  claim:
    'a name that was rebound to this machine, and a page of another origin, get nothing and open no socket',
  async run(ground) {
    const { port } = await ground.start();
    const own = `Host: 127.0.0.1:${port}`;
    let numRefused = 0;
    const expectRefused = async (lines: readonly string[]): Promise<void> => {
      assert.equal(await statusFor(port, lines), 403, lines.join(' | '));
      numRefused++;
    };
    for (const path of PATHS) {
      await expectRefused([`GET ${path} HTTP/1.1`, `Host: rebound.example:${port}`]);
      await expectRefused([`GET ${path} HTTP/1.1`, own, 'Origin: http://evil.example']);
      await expectRefused([`GET ${path} HTTP/1.1`, own, 'Origin: null']);
    }
    await expectRefused([...UPGRADE, `Host: rebound.example:${port}`]);
    await expectRefused([...UPGRADE, own, 'Origin: http://evil.example']);
    await expectRefused(['POST /api/admin/steer HTTP/1.1', own, 'Origin: http://evil.example']);
    for (const method of ['DELETE', 'PUT', 'OPTIONS', 'PROPFIND'])
      for (const path of PATHS) assert.equal(await statusFor(port, [`${method} ${path} HTTP/1.1`, own]), 405);
    assert.equal(
      await statusFor(port, ['GET /api/health HTTP/1.1', own, `Origin: http://127.0.0.1:${port}`]),
      200,
    );
    return { refused: numRefused };
  },
};
