import {describe} from 'vitest';
import {outboxContract} from './contract.js';
import {openIndexedDbOutbox} from './indexeddb.js';
import {MemoryOutbox} from './memory.js';

describe('IndexedDB', () => outboxContract(() => openIndexedDbOutbox(`outbox-${crypto.randomUUID()}`)));
describe('memory', () => outboxContract(async () => new MemoryOutbox()));
