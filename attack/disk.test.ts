import { testAttacks } from './testing.ts';

await testAttacks('disk');
