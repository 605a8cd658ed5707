import { CONFIGURATION } from '@lumenfall/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import type { GatewayConfiguration } from '../configuration.js';

/** Returns the public URL of a stored file. */
export type MediaAddress = (fileName: string) => string;

/**
 * @param publicUrl the base URL of the gateway, with or without a path; its port may be unknown until the gateway
 *   listens
 */
export function mediaAddressBelow(publicUrl: () => string): MediaAddress {
  return (fileName) => `${publicUrl().replace(/\/+$/, '')}/media/${fileName}`;
}

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
