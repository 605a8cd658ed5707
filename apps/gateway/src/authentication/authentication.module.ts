import type { ApiKeyStore } from '@lumenfall/accounts';
import { LOG, type Logger } from '@lumenfall/service-kit';
import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { API_KEYS } from '../tokens.js';
import { AuthenticationGuard } from './authentication.guard.js';
import { KeyDirectory } from './key-directory.js';

@Module({
  providers: [
    {
      provide: KeyDirectory,
      inject: [API_KEYS, LOG],
      useFactory: (keys: ApiKeyStore, log: Logger) => new KeyDirectory((keyId) => keys.find(keyId), log),
    },
    AuthenticationGuard,
    { provide: APP_GUARD, useExisting: AuthenticationGuard },
  ],
  exports: [AuthenticationGuard],
})
export class AuthenticationModule {}
