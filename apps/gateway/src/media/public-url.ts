import { CONFIGURATION } from '@lumenfall/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import type { GatewayConfiguration } from '../configuration.js';

/** The base URL that clients reach the gateway at: `PUBLIC_URL`, or the address it listens on. */
@Injectable()
export class PublicUrl {
  #listening = '';

  constructor(@Inject(CONFIGURATION) private readonly configuration: Pick<GatewayConfiguration, 'PUBLIC_URL'>) {}

  /** Empty before the gateway listens, if `PUBLIC_URL` is not set. */
  current(): string {
    return this.configuration.PUBLIC_URL ?? this.#listening;
  }

  listening(url: string): void {
    this.#listening = url.replace('127.0.0.1', 'localhost');
  }
}
