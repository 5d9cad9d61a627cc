// That what stands in for engine.io's own parts tells of addresses what they tell.

import { parse as parseByEngine } from 'engine.io-client';
import { expect, test } from 'vitest';
import { decode, encode, parse, url } from './plainAddress.ts';

test.each([
  'http://localhost:3000/device',
  'https://example.org/device',
  'https://example.org:8443/below/device?a=1&b=two',
  'http://192.168.0.7:3000/',
  'http://[::1]:3000/device',
  'wss://example.org/socket.io/',
])('%s is taken apart as engine.io does', (address) => {
  const { source, protocol, host, port, path, query, queryKey } = parseByEngine(address) as ReturnType<
    typeof parse
  >;
  expect(parse(address)).toEqual({ source, protocol, host, port, path, query, queryKey });
});

test('a query is what the server reads', () => {
  const query = { EIO: '4', transport: 'polling', t: 'a-b_c', sid: 'x/y +z' };
  expect(decode(encode(query))).toEqual(query);
  expect(Object.fromEntries(new URLSearchParams(encode(query)))).toEqual(query);
});

test('servers are told apart by protocol, host and port, however the port is written', () => {
  expect(url('http://example.org:80/device').id).toBe(url('http://example.org/device').id);
  const ids = ['http://a/d', 'https://a/d', 'http://a:81/d', 'http://b/d'].map((address) => url(address).id);
  expect(new Set(ids).size).toBe(4);
  expect(url('http://a/d', '/socket.io/')).toMatchObject({
    id: 'http://a/socket.io/',
    source: 'http://a/d',
    path: '/d',
  });
});
