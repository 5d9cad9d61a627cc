import { hostname } from 'node:os';
import { expect, it } from 'vitest';
import { createHostRules } from './hostRules.ts';

const rules = createHostRules({
  allowed: ['School.example', '192.168.1.9'],
  publicUrl: 'https://class.example.org/lab/minnow',
  own: ['*.lab.example'],
});

it.each([
  undefined,
  '127.0.0.1:3000',
  '10.1.2.3',
  '[::1]:3000',
  'localhost:3000',
  'a.localhost',
  `${hostname()}:3000`,
  `${hostname().split('.')[0]}.local`,
  'school.example:3000',
  'SCHOOL.EXAMPLE.',
  'class.example.org',
  'one.lab.example',
])('may be spoken to as %s', (host) => expect(rules.allowsHost(host)).toBe(true));

it.each([
  '',
  'evil.example:3000',
  'evil.school.example',
  'lab.example',
  'a.b.lab.example',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  'a b',
  'localhost@evil.example',
  'localhost/a',
])('may not be spoken to as %j', (host) => expect(rules.allowsHost(host)).toBe(false));

it.each([
  [undefined, 'localhost:3000'],
  ['http://localhost:3000', 'localhost:3000'],
  ['https://class.example.org', 'class.example.org'],
  ['https://class.example.org', '127.0.0.1:3000'],
  ['http://school.example:81', '127.0.0.1:3000'],
  ['http://192.168.1.9:8080', '127.0.0.1:3000'],
  ['http://10.0.0.1', '10.0.0.1'],
])('a page of %s may ask %s', (origin, host) => expect(rules.allowsOrigin(origin, host)).toBe(true));

it.each([
  ['null', 'localhost:3000'],
  ['http://localhost:8000', 'localhost:3000'],
  ['http://10.0.0.2:3000', '10.0.0.1:3000'],
  ['http://evil.example', 'localhost:3000'],
  ['http://localhost:3000.evil.example', 'localhost:3000'],
  ['no origin', 'localhost:3000'],
])('a page of %s may not ask %s', (origin, host) => expect(rules.allowsOrigin(origin, host)).toBe(false));
