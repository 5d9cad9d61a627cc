import { testAttacks } from './testing.ts';

await testAttacks('network');
