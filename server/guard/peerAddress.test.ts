import { describe, expect, it } from 'vitest';
import { createAddressKeys, peerAddress } from './peerAddress.ts';

const from = (remoteAddress: string, forwarded?: string) =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as Parameters<typeof peerAddress>[0];

describe('the address of a peer', () => {
  it.each([
    ['192.168.1.5', '192.168.1.5'],
    ['::ffff:192.168.1.5', '192.168.1.5'],
    ['::1', '0:0:0:0'],
    ['2001:db8:0:7:1:2:3:4', '2001:db8:0:7'],
    ['2001:DB8::7:0:0:0:9', '2001:db8:0:7'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
  ])('of %s is %s', (address, expected) => {
    expect(peerAddress(from(address), 0)).toBe(expected);
  });

  it('is that of the connection, whatever it claims, unless proxies are trusted', () => {
    expect(peerAddress(from('10.0.0.1', '1.2.3.4'), 0)).toBe('10.0.0.1');
  });

  it.each([
    ['1.2.3.4', 1, '1.2.3.4'],
    ['9.9.9.9, 1.2.3.4', 1, '1.2.3.4'],
    ['9.9.9.9, 1.2.3.4, 10.0.0.2', 2, '1.2.3.4'],
    ['1.2.3.4', 2, '1.2.3.4'],
    ['1.2.3.4:5678', 1, '1.2.3.4'],
    ['[2001:db8::1]:443', 1, '2001:db8:0:0'],
    ['unknown', 1, '10.0.0.1'],
    ['', 1, '10.0.0.1'],
  ])('behind proxies that forwarded "%s", %i of them trusted, is %s', (forwarded, numProxies, expected) => {
    expect(peerAddress(from('10.0.0.1', forwarded), numProxies)).toBe(expected);
  });

  it('is kept as a key that another server would not give it', () => {
    const keyOf = createAddressKeys();
    expect(keyOf('1.2.3.4')).toBe(keyOf('1.2.3.4'));
    expect(keyOf('1.2.3.4')).not.toBe(keyOf('1.2.3.5'));
    expect(createAddressKeys()('1.2.3.4')).not.toBe(keyOf('1.2.3.4'));
  });
});
