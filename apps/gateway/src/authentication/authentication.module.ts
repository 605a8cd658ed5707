import type { ApiKeyStore } from '@lumenfall/accounts';
import { systemClock } from '@lumenfall/async';
import { LOG, type Logger } from '@lumenfall/service-kit';
import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { API_KEYS } from '../tokens.js';
import { AuthenticationGuard } from './authentication.guard.js';
import { CachedKeys } from './cached-keys.js';
import { KeyDirectory, type KeyRecord } from './key-directory.js';
import { KeyUses } from './key-uses.js';

function keyDirectory(store: ApiKeyStore, log: Logger): KeyDirectory {
  const keys = new CachedKeys<KeyRecord>({
    read: (keyIds) => store.findAll(keyIds),
    onError: (error) => log.error({ err: error }, 'API keys could not be read again from the database'),
  });
  const uses = new KeyUses(
    (keyIds) => store.touch(keyIds),
    (error) => log.warn({ err: error }, 'the last use of API keys could not be stored'),
  );
  return new KeyDirectory({ keys, uses, clock: systemClock, log });
}

@Module({
  providers: [
    { provide: KeyDirectory, inject: [API_KEYS, LOG], useFactory: keyDirectory },
    AuthenticationGuard,
    { provide: APP_GUARD, useExisting: AuthenticationGuard },
  ],
  exports: [AuthenticationGuard],
})
export class AuthenticationModule {}
