import type { OwnStrategy } from '../../../shared/federation/own/ownStrategy.ts';
export declare const strategy: OwnStrategy;
